// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.smoke.process.Answer;
import dev.tidemark.smoke.process.Caller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Makes rows that are told apart by their id, sends them, and enters what was answered. Not thread-safe. */
public final class Producer {
    private static final int PAYLOAD_MAX = 200;
    private static final int LANES = 3;

    private final String name;
    private final String dataset;
    private final Ledger ledger;
    private final Random random;
    private long made;
    private @Nullable Keyed unanswered;

    /** A request that may be sent again. */
    private record Keyed(Submission submission, String key) {}

    public Producer(String name, String dataset, Ledger ledger, Random random) {
        this.name = name;
        this.dataset = dataset;
        this.ledger = ledger;
        this.random = random;
    }

    /** What became of one request, as its producer sees it. */
    public enum Fate {
        ACKNOWLEDGED,
        REFUSED,
        IN_DOUBT
    }

    /**
     * Sends one request of new rows, every other one under a key; but first, for as long as it gets no answer, the one
     * under a key that got none, whoever answers now.
     */
    public Fate post(Caller daemon, int rows) {
        Keyed again = unanswered;
        if (again != null) {
            return send(daemon, again.submission(), again.key());
        }
        List<JsonNode> batch = new ArrayList<>(rows);
        for (int row = 0; row < rows; row++) {
            batch.add(row());
        }
        Submission submission = ledger.enter(dataset, batch);
        return send(daemon, submission, random.nextBoolean() ? name + "-" + made : null);
    }

    private Fate send(Caller daemon, Submission submission, @Nullable String key) {
        unanswered = key == null ? null : new Keyed(submission, key);
        try {
            Answer answer = key == null
                    ? daemon.postRows(dataset, submission.ndjson())
                    : daemon.postRows(dataset, submission.ndjson(), key);
            if (answer.status() == 200) {
                JsonNode json = answer.json();
                ledger.acknowledge(
                        submission,
                        json.path("first_seq").asLong(),
                        json.path("last_seq").asLong());
                unanswered = null;
                return Fate.ACKNOWLEDGED;
            }
            if (nothingWasStored(answer.status())) {
                ledger.refuse(submission);
                unanswered = null;
                return Fate.REFUSED;
            }
            return Fate.IN_DOUBT;
        } catch (IOException e) {
            // No whole answer: the rows stay in doubt, which is how the ledger entered them.
            return Fate.IN_DOUBT;
        }
    }

    /** A 4xx or a 507 promises that; any other failure leaves it open. */
    private static boolean nothingWasStored(int status) {
        return (status >= 400 && status < 500) || status == 507;
    }

    private ObjectNode row() {
        long number = made++;
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.put(Ledger.ID, name + "-" + number);
        row.put("lane", "lane-" + random.nextInt(LANES));
        row.put("n", (int) number);
        row.put("ratio", number / 8.0);
        row.put("even", number % 2 == 0);
        row.put("note", number % 5 == 0 ? null : "ünï-" + random.nextInt(1_000_000));
        row.put("payload", "x".repeat(random.nextInt(PAYLOAD_MAX)));
        return row;
    }
}
