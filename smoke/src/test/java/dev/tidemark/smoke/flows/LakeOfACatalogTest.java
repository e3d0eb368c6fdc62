// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.sinks.testing.CatalogTwin;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.ledger.SeenRow;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Distribution;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Daemons that fill one table, of which a catalog server knows. */
@Tag("smoke")
class LakeOfACatalogTest {
    private static final String DATASET = "events";
    private static final int KILLS = 2;
    private static final int REQUESTS = 5;
    private static final int ROWS = 50;
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    /** One daemon's place, and who posts to it. */
    private record Host(Site site, Ledger ledger, Producer producer) {}

    @Test
    @Tag("I10")
    @Tag("I12")
    void twoDaemonsThatAreKilledLeaveEachRowInOneTableOnce() throws IOException {
        long seed = Long.getLong("smoke.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        try (Stage stage = Stage.raise(Distribution.find(), "catalog", seed);
                CatalogTwin catalog =
                        new CatalogTwin(stage.directory().resolve("lake").toString())) {
            List<Host> hosts = List.of(host(stage, catalog, "one"), host(stage, catalog, "two"));
            for (int kill = 0; kill < KILLS; kill++) {
                List<DaemonProcess> daemons = start(stage, hosts);
                for (int request = 0; request < REQUESTS; request++) {
                    for (int host = 0; host < hosts.size(); host++) {
                        hosts.get(host)
                                .producer()
                                .post(
                                        daemons.get(host).caller(),
                                        1 + stage.random().nextInt(ROWS));
                    }
                }
                daemons.forEach(DaemonProcess::kill);
            }
            List<DaemonProcess> daemons = start(stage, hosts);
            List<String> wanted = delivered(hosts, daemons);
            assertEquals(wanted, ids(catalog), () -> "seed " + seed);

            stage.command(
                            PATIENCE,
                            "sink",
                            "maintain",
                            "lake",
                            "--compact",
                            "--config",
                            hosts.getFirst().site().config().toString())
                    .expectExit(0);
            assertEquals(wanted, ids(catalog), () -> "after a rewrite, seed " + seed);
            assertEquals(delivered(hosts, daemons), ids(catalog), () -> "and after more, seed " + seed);
            for (DaemonProcess daemon : daemons) {
                assertEquals(
                        "healthy",
                        Standing.of(daemon.caller()).status().path("state").asText());
                daemon.stop();
            }
            stage.clear();
        }
    }

    private static Host host(Stage stage, CatalogTwin catalog, String name) throws IOException {
        Site site = stage.site(name);
        site.sink("lake", """
                type: iceberg
                catalog: {rest: {uri: %s}}
                namespace: smoke
                every: 250ms
                maintenance: {compact_file_count: 2, min_snapshots_to_keep: 1, max_snapshot_age: 0s}
                """.formatted(catalog.uri()));
        Ledger ledger = new Ledger();
        return new Host(site, ledger, new Producer(name, DATASET, ledger, stage.random()));
    }

    private static List<DaemonProcess> start(Stage stage, List<Host> hosts) throws IOException {
        List<DaemonProcess> daemons = new ArrayList<>();
        for (Host host : hosts) {
            daemons.add(stage.start(host.site()));
        }
        return daemons;
    }

    /** Posts once more to each, has everything delivered, and tells what the caches have. */
    private static List<String> delivered(List<Host> hosts, List<DaemonProcess> daemons) throws IOException {
        List<String> ids = new ArrayList<>();
        for (int host = 0; host < hosts.size(); host++) {
            DaemonProcess daemon = daemons.get(host);
            Orders.insist(hosts.get(host).producer(), daemon.caller(), ROWS);
            Orders.deliver(daemon.caller(), "lake");
            List<SeenRow> rows = Orders.rows(daemon.caller(), DATASET);
            hosts.get(host).ledger().compare(rows).expectNone("in the cache");
            rows.forEach(row -> ids.add(row.fields().path(Ledger.ID).asText()));
        }
        return ids.stream().sorted().toList();
    }

    private static List<String> ids(CatalogTwin catalog) throws IOException {
        try (CloseableIterable<Record> rows =
                IcebergGenerics.read(catalog.table("smoke", DATASET)).build()) {
            List<String> ids = new ArrayList<>();
            rows.forEach(row -> ids.add((String) row.getField(Ledger.ID)));
            return ids.stream().sorted().toList();
        }
    }
}
