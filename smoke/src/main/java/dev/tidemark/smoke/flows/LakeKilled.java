// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.ledger.RowPages;
import dev.tidemark.smoke.ledger.SeenRow;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** An Iceberg table that is filled by daemons which are killed, and looked after meanwhile. */
final class LakeKilled implements Flow {
    private static final String DATASET = "events";
    private static final int KILLS = 3;
    private static final int REQUESTS = 12;
    private static final int ROWS = 50;
    private static final int PAGE = 1000;

    @Override
    public String name() {
        return "lake";
    }

    @Override
    public String proves() {
        return "Killed while it commits, the daemon leaves each row in its Iceberg table once, before and after a rewrite.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        Path warehouse = stage.directory().resolve("lake");
        site.sink("lake", """
                type: iceberg
                warehouse: {dir: %s}
                namespace: smoke
                every: 250ms
                maintenance: {compact_file_count: 2, min_snapshots_to_keep: 1, max_snapshot_age: 0s}
                """.formatted(warehouse));
        Ledger ledger = new Ledger();
        Producer producer = new Producer("lake", DATASET, ledger, stage.random());
        for (int kill = 0; kill < KILLS; kill++) {
            DaemonProcess daemon = stage.start(site);
            for (int request = 0; request < REQUESTS; request++) {
                producer.post(daemon.caller(), 1 + stage.random().nextInt(ROWS));
            }
            daemon.kill();
        }
        DaemonProcess daemon = stage.start(site);
        while (producer.post(daemon.caller(), ROWS) != Producer.Fate.ACKNOWLEDGED) {
            // A request whose answer was lost comes first.
        }
        daemon.caller().order("/v1/sinks/lake/run?wait=60s").expect(200);
        List<SeenRow> rows = RowPages.read(daemon.caller(), DATASET, "0", PAGE).rows();
        ledger.compare(rows).expectNone("in the cache");
        Path table = warehouse.resolve("smoke").resolve(DATASET);
        expectSame(rows, adopted(stage, "before", table));
        JsonNode report = maintain(stage, site);
        unless(report.path("outcome").asText().equals("compacted"), "nothing was rewritten: %s", report);
        unless(report.path("rows").asInt() == rows.size(), "%d rows, rewritten were: %s", rows.size(), report);
        expectSame(rows, adopted(stage, "after", table));
        producer.post(daemon.caller(), ROWS);
        daemon.caller().order("/v1/sinks/lake/run?wait=60s").expect(200);
        unless(
                Standing.of(daemon.caller()).status().path("state").asText().equals("healthy"),
                "not healthy after a rewrite beside the daemon");
        daemon.stop();
        return "rows=" + rows.size() + " kills=" + KILLS + " files_in="
                + report.path("files_in").asInt() + " files_out="
                + report.path("files_out").asInt();
    }

    private static JsonNode maintain(Stage stage, Site site) throws IOException {
        String answer = stage.command(
                        "sink",
                        "maintain",
                        "lake",
                        "--compact",
                        "--json",
                        "--config",
                        site.config().toString())
                .expectExit(0)
                .lastLine();
        return new JsonMapper().readTree(answer).path("tables").path(0);
    }

    /** The rows of the table as another cache takes them in. */
    private static List<SeenRow> adopted(Stage stage, String name, Path table) throws IOException {
        Site other = stage.site(name);
        DaemonProcess reader = stage.start(other);
        stage.command("adopt", DATASET, table.toString(), "--data", other.data().toString())
                .expectExit(0);
        List<SeenRow> rows = RowPages.read(reader.caller(), DATASET, "0", PAGE).rows();
        reader.stop();
        return rows;
    }

    private static void expectSame(List<SeenRow> rows, List<SeenRow> found) {
        List<String> wanted = ids(rows);
        List<String> there = ids(found);
        unless(wanted.equals(there), "%d rows are in the cache and %d in the table", wanted.size(), there.size());
    }

    private static List<String> ids(List<SeenRow> rows) {
        return rows.stream()
                .map(row -> row.fields().path(Ledger.ID).asText())
                .sorted()
                .toList();
    }
}
