// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.SeenRow;
import dev.tidemark.smoke.ledger.Submission;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A pipe that never ends, as from the journal, into a daemon that is killed. */
final class Piped implements Flow {
    private static final String DATASET = "journal";
    private static final int KILLS = 3;
    /** All of them fit into a pipe: nobody reads it while there is no daemon. */
    private static final int ROWS = 150;

    @Override
    public String name() {
        return "piped";
    }

    @Override
    public String proves() {
        return "`… | tidemark ingest` waits while the daemon is killed and started, and every line of the pipe is stored once, in"
                + " order.";
    }

    @Override
    public String run(Stage stage) throws IOException, InterruptedException {
        Site site = stage.site("edge");
        Ledger ledger = new Ledger();
        DaemonProcess daemon = stage.start(site);
        Process ingest = stage.piped(
                "ingest",
                DATASET,
                "--linger",
                "20ms",
                "--batch-rows",
                "64",
                "--data",
                site.data().toString());
        try (OutputStream pipe = ingest.getOutputStream()) {
            int made = write(pipe, ledger, 0);
            // Before its first answer it takes a daemon that is not there for a mistake, and ends with 69.
            DaemonProcess first = daemon;
            Orders.await(
                    "the first row",
                    () -> first.caller().fetch("/v1/datasets/" + DATASET).status() == 200);
            for (int kill = 0; kill < KILLS; kill++) {
                made = write(pipe, ledger, made);
                daemon.kill();
                made = write(pipe, ledger, made);
                daemon = stage.start(site);
                made = write(pipe, ledger, made);
            }
        } finally {
            if (!ingest.waitFor(120, TimeUnit.SECONDS)) {
                ingest.destroyForcibly();
            }
        }
        unless(ingest.exitValue() == 0, "ingest ended with %d", ingest.exitValue());
        List<SeenRow> rows = Orders.rows(daemon.caller(), DATASET);
        ledger.settle(rows);
        int piped = ROWS + KILLS * 3 * ROWS;
        unless(rows.size() == piped, "%d lines were piped, %d rows are there", piped, rows.size());
        ledger.compare(rows).expectNone("from the pipe");
        for (int row = 0; row < rows.size(); row++) {
            unless(rows.get(row).fields().path("n").asInt() == row, "row %d is %s", row, rows.get(row));
        }
        daemon.stop();
        return "rows=" + rows.size() + " kills=" + KILLS;
    }

    private static int write(OutputStream pipe, Ledger ledger, int made) throws IOException {
        for (int row = made; row < made + ROWS; row++) {
            JsonNode fields = JsonNodeFactory.instance
                    .objectNode()
                    .put(Ledger.ID, "line-" + row)
                    .put("n", row);
            Submission line = ledger.enter(DATASET, List.of(fields));
            pipe.write(line.ndjson());
            pipe.flush();
        }
        return made + ROWS;
    }
}
