// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One request's rows and what became of it; the ledger guards it. */
public final class Submission {
    private final String dataset;
    private final List<JsonNode> rows;
    private State state = State.IN_DOUBT;
    private long first;

    enum State {
        /** No answer, or one that leaves it open. */
        IN_DOUBT,
        /** Answered 200. */
        ACKNOWLEDGED,
        /** Answered that nothing was stored, or looked for after a restart and not there. */
        ABSENT
    }

    Submission(String dataset, List<JsonNode> rows) {
        this.dataset = dataset;
        this.rows = List.copyOf(rows);
    }

    public String dataset() {
        return dataset;
    }

    public int size() {
        return rows.size();
    }

    /** The body to send. */
    public byte[] ndjson() {
        StringBuilder lines = new StringBuilder();
        rows.forEach(row -> lines.append(row).append('\n'));
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    JsonNode row(int index) {
        return rows.get(index);
    }

    State state() {
        return state;
    }

    /** The sequence of one of its rows, once it is known to be stored. */
    long sequence(int index) {
        return first + index;
    }

    void becomeAcknowledged(long firstSequence) {
        state = State.ACKNOWLEDGED;
        first = firstSequence;
    }

    void becomeAbsent() {
        state = State.ABSENT;
    }
}
