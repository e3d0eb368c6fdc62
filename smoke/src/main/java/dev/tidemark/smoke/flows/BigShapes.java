// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.SeenRow;
import dev.tidemark.smoke.ledger.Submission;
import dev.tidemark.smoke.process.Answer;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** As many partitions, columns and bytes in a row as are allowed, and one more. */
final class BigShapes implements Flow {
    private static final int PARTITIONS = 10_000;
    private static final int COLUMNS = 2_000;
    private static final int WIDE_ROWS = 20;
    private static final int LONG_ROWS = 24;
    private static final int LONG = 1_048_000;
    private static final int TOO_LONG = 1_049_000;
    private static final int REQUEST = 1_000;

    @Override
    public String name() {
        return "big-shapes";
    }

    @Override
    public String proves() {
        return "10,000 partitions, 2,000 columns and rows of a mebibyte are stored, flushed, read and forwarded as they are,"
                + " over a kill; one more partition or byte is refused.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        DaemonProcess central = stage.start(stage.site("central"));
        Site site = stage.site("edge");
        site.settings("datasets:\n  many: {columns: {lane: string}, partition_by: lane}\n");
        site.sink("central", """
                type: forward
                url: http://%s/v1/forward
                datasets: [wide, long]
                every: 1s
                """.formatted(central.line().http()));
        DaemonProcess daemon = stage.start(site);
        Ledger ledger = new Ledger();
        for (int first = 0; first < PARTITIONS; first += REQUEST) {
            int from = first;
            post(
                    ledger,
                    daemon.caller(),
                    "many",
                    REQUEST,
                    number -> row("many", from + number).put("lane", "lane-" + (from + number)));
        }
        Answer refused = daemon.caller()
                .postRows("many", "{\"id\":\"no\",\"lane\":\"one more\"}".getBytes(StandardCharsets.UTF_8));
        unless(refused.status() == 507, "one partition too many: %s", refused);
        post(ledger, daemon.caller(), "wide", WIDE_ROWS, BigShapes::wide);
        post(
                ledger,
                daemon.caller(),
                "long",
                LONG_ROWS / 2,
                number -> row("long", number).put("text", "y".repeat(LONG)));
        post(
                ledger,
                daemon.caller(),
                "long",
                LONG_ROWS / 2,
                number -> row("long", LONG_ROWS / 2 + number).put("text", "z".repeat(LONG)));
        Submission tooLong = ledger.enter("long", List.of(row("too-long", 0).put("text", "y".repeat(TOO_LONG))));
        daemon.caller().postRows("long", tooLong.ndjson()).expect(413);
        ledger.refuse(tooLong);

        compare(ledger, daemon.caller(), "in the spool");
        daemon.kill();
        daemon = stage.start(site);
        daemon.caller().order("/v1/flush").expect(200);
        compare(ledger, daemon.caller(), "in the tables");
        int partitions = daemon.caller()
                .fetch("/v1/datasets/many")
                .json()
                .path("partitions_total")
                .asInt();
        unless(partitions == PARTITIONS, "there are %d partitions", partitions);
        Orders.deliver(daemon.caller(), "central");
        unless(Orders.rows(central.caller(), "wide").size() == WIDE_ROWS, "other wide rows arrived");
        unless(Orders.rows(central.caller(), "long").size() == LONG_ROWS, "other long rows arrived");
        daemon.stop();
        central.stop();
        return "partitions=" + partitions + " columns=" + COLUMNS + " row_bytes=" + LONG;
    }

    private static ObjectNode row(String kind, int number) {
        return JsonNodeFactory.instance.objectNode().put(Ledger.ID, kind + "-" + number);
    }

    private static ObjectNode wide(int number) {
        ObjectNode row = row("wide", number);
        for (int column = 1; column < COLUMNS; column++) {
            row.put("c" + column, number * column);
        }
        return row;
    }

    private static void post(Ledger ledger, Caller daemon, String dataset, int count, IntFunction<ObjectNode> made)
            throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            rows.add(made.apply(number));
        }
        Submission submission = ledger.enter(dataset, rows);
        JsonNode answer =
                daemon.postRows(dataset, submission.ndjson()).expect(200).json();
        ledger.acknowledge(
                submission,
                answer.path("first_seq").asLong(),
                answer.path("last_seq").asLong());
    }

    private static void compare(Ledger ledger, Caller daemon, String where) throws IOException {
        List<SeenRow> rows = new ArrayList<>();
        for (String dataset : List.of("many", "wide", "long")) {
            rows.addAll(Orders.rows(daemon, dataset));
        }
        ledger.compare(rows).expectNone(where);
    }
}
