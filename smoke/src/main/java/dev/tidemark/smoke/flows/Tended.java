// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Findings;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.ledger.SeenRow;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/** Tables that are looked after while rows come: of one dataset small files are merged, of the other old rows go. */
final class Tended implements Flow {
    private static final String KEPT = "kept";
    private static final String BRIEF = "brief";
    private static final int ROUNDS = 12;
    private static final int ROWS = 120;

    @Override
    public String name() {
        return "upkeep";
    }

    @Override
    public String proves() {
        return "Under load small files are merged and delivered rows go at their age, the oldest first: what stays is as it was"
                + " and where it was, each row is delivered once, and every row that went is in the books.";
    }

    /** One dataset, who fills it, and what was sent. */
    private record Filled(String dataset, Ledger ledger, Producer producer) {
        static Filled with(String dataset, Random random) {
            Ledger ledger = new Ledger();
            return new Filled(dataset, ledger, new Producer(dataset, dataset, ledger, random));
        }

        int rows() {
            return ledger.acknowledgedRows();
        }

        void expectDelivered(Caller daemon, Site site) throws IOException {
            Orders.deliver(daemon, dataset);
            ledger.compare(new BlobDirectory(site.export().resolve(dataset)).rows())
                    .expectNone("at the sink of " + dataset);
            Standing.of(daemon).expectIdle(dataset);
        }
    }

    @Override
    public String run(Stage stage) throws IOException, InterruptedException {
        Site site = stage.site("edge");
        site.settings(settings("1s"));
        sink(site, KEPT);
        sink(site, BRIEF);
        DaemonProcess daemon = stage.start(site);
        Caller caller = daemon.caller();
        Filled kept = Filled.with(KEPT, new Random(stage.random().nextLong()));
        Filled brief = Filled.with(BRIEF, new Random(stage.random().nextLong()));

        List<Throwable> failures = new ArrayList<>();
        AtomicBoolean going = new AtomicBoolean(true);
        Thread load = Thread.ofPlatform().name("load").start(() -> {
            try {
                while (going.get()) {
                    Orders.post(kept.producer(), caller, ROWS);
                    Orders.post(brief.producer(), caller, ROWS);
                }
            } catch (RuntimeException e) {
                failures.add(e);
            }
        });
        int merges = 0;
        try {
            for (int round = 0; round < ROUNDS; round++) {
                int before = brief.rows();
                Orders.await("rows to come", () -> !load.isAlive() || brief.rows() > before);
                caller.order("/v1/flush").expect(200);
                JsonNode tended = caller.order("/v1/upkeep").expect(200).json();
                merges += of(tended, KEPT).at("/compaction/outcome").asText().equals("compacted") ? 1 : 0;
                long gone = of(tended, KEPT).at("/retention/removed_rows").asLong();
                unless(gone == 0, "%d rows went that are to stay", gone);
            }
        } finally {
            going.set(false);
            load.join();
        }
        unless(failures.isEmpty(), "under load: %s", failures);
        unless(merges > 0, "nothing was merged in %d rounds", ROUNDS);

        kept.ledger().compare(Orders.rows(caller, KEPT)).expectNone("after merges");
        kept.expectDelivered(caller, site);
        brief.expectDelivered(caller, site);
        Orders.await("rows to go", () -> {
            caller.order("/v1/upkeep").expect(200);
            return removed(caller) > 0;
        });
        expectSaid(caller);
        daemon.stop();
        // Nothing goes while it is counted.
        site.settings(settings("off"));
        daemon = stage.start(site);
        long removed = removed(daemon.caller());
        unless(removed > 0, "no row went");
        expectTheOldestAreGone(brief, Orders.rows(daemon.caller(), BRIEF), removed);
        expectLogged(site);
        daemon.stop();
        return "kept=" + kept.rows() + " merges=" + merges + " brief=" + brief.rows() + " removed=" + removed
                + " conservation=0";
    }

    private static String settings(String age) {
        return """
                datasets:
                  brief: {retention: {age: %s, min_stay: 1s}}
                upkeep: {min_files: 2}
                """.formatted(age);
    }

    private static long removed(Caller caller) throws IOException {
        return of(Standing.of(caller).status(), BRIEF)
                .at("/retention/removed_rows")
                .asLong();
    }

    private static void sink(Site site, String dataset) throws IOException {
        site.sink(dataset, """
                type: blob
                store: {dir: %s}
                prefix: %s
                datasets: [%s]
                format: jsonl
                compression: none
                every: 250ms
                object: {max_wait: 250ms}
                """.formatted(site.export(), dataset, dataset));
    }

    private static JsonNode of(JsonNode tended, String dataset) {
        for (JsonNode one : tended.path("datasets")) {
            if (one.path("name").asText().equals(dataset)) {
                return one;
            }
        }
        return tended.path("none");
    }

    private static void expectTheOldestAreGone(Filled brief, List<SeenRow> left, long removed) {
        Findings findings = brief.ledger().compare(left);
        int missing = findings.of(Findings.Wrong.MISSING).size();
        for (Findings.Wrong wrong : Findings.Wrong.values()) {
            unless(
                    wrong == Findings.Wrong.MISSING || findings.of(wrong).isEmpty(),
                    "what is left is not as it was: %s",
                    findings);
        }
        unless(missing == removed, "%d rows are gone, status says that %d were removed", missing, removed);
        for (int row = 0; row < left.size(); row++) {
            unless(
                    left.get(row).fields().path("n").asLong() == missing + row,
                    "not the oldest went: row %d is %s",
                    row,
                    left.get(row));
        }
    }

    private static void expectSaid(Caller caller) throws IOException {
        JsonNode status = Standing.of(caller).status();
        unless(status.path("state").asText().equals("healthy"), "not healthy: %s", status.path("reasons"));
        String metrics = caller.fetch("/metrics").expect(200).body();
        unless(metrics.contains("tidemark_compaction_total{outcome=\"compacted\"} "), "metrics know of no merge");
    }

    private static void expectLogged(Site site) throws IOException {
        String log = Files.readString(site.log());
        unless(log.contains("compacted dataset=" + KEPT), "the log tells of no merge");
        unless(log.contains("removed dataset=" + BRIEF), "the log tells of no row that went");
    }
}
