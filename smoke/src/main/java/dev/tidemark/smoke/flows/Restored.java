// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.ledger.RowPages;
import dev.tidemark.smoke.ledger.SeenRow;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/**
 * A host is lost, and a backup goes on in its place.
 *
 * <p>What was delivered after the backup is gone at the host and stays at the destinations; what the copy and the
 * destinations both have is not sent again; what comes later arrives above all of it. The lost host, should it come back,
 * is told that it is not the only one.
 */
final class Restored implements Flow {
    private static final String DATASET = "events";
    private static final List<String> SINKS = List.of("archive", "central");
    private static final int PAGE = 1000;

    @Override
    public String name() {
        return "restored";
    }

    @Override
    public String proves() {
        return "A backup goes on for a host that was lost: each row is at a directory and at a central daemon once, and the lost"
                + " one halts if it comes back.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site centralSite = stage.site("central");
        DaemonProcess central = stage.start(centralSite);
        Site lost = stage.site("lost");
        Site copy = stage.site("copy");
        for (Site site : List.of(lost, copy)) {
            site.sink("archive", """
                    type: blob
                    store: {dir: %s}
                    prefix: edge
                    format: jsonl
                    compression: none
                    every: 1h
                    """.formatted(lost.export()));
            site.sink("central", """
                    type: forward
                    url: http://%s/v1/forward
                    every: 1h
                    backoff: {first: 100ms, max: 1s}
                    """.formatted(central.line().http()));
        }
        Ledger ledger = new Ledger();
        Producer producer = new Producer("p", DATASET, ledger, stage.random());

        DaemonProcess daemon = stage.start(lost);
        post(producer, daemon, 50);
        deliver(daemon);
        post(producer, daemon, 20);
        String target = copy.data().toString();
        stage.command("backup", target, "--data", lost.data().toString()).expectExit(0);
        post(producer, daemon, 30);
        deliver(daemon);
        daemon.kill();

        stage.command("status", "--data", target); // Whatever it says, it must not make a cache of the copy.
        unless(Files.exists(copy.data().resolve("backup")), "the copy lost its mark before anybody recovered it");
        stage.command("recover", "--restored", "--yes", "--data", target).expectExit(0);
        DaemonProcess restored = stage.start(copy);
        post(producer, restored, 40);
        deliver(restored);
        ledger.compare(new BlobDirectory(lost.export().resolve("edge")).rows()).expectNone("at the directory");
        List<SeenRow> there =
                RowPages.read(central.caller(), DATASET, "0", PAGE).rows();
        unless(there.size() == ledger.acknowledgedRows(), "the central daemon has %d rows", there.size());
        Standing standing = Standing.of(restored.caller());
        for (String sink : SINKS) {
            standing.expectIdle(sink);
        }

        DaemonProcess zombie = stage.start(lost);
        post(new Producer("z", DATASET, new Ledger(), stage.random()), zombie, 5);
        for (String sink : SINKS) {
            zombie.caller().order("/v1/sinks/" + sink + "/run?wait=10s");
            JsonNode account = Standing.of(zombie.caller()).sink(sink);
            unless(account.path("state").asText().equals("halted"), "two copies go on: %s", account);
        }
        return "rows=" + ledger.acknowledgedRows() + " halted=" + SINKS.size();
    }

    private static void post(Producer producer, DaemonProcess daemon, int rows) {
        Producer.Fate fate = producer.post(daemon.caller(), rows);
        unless(fate == Producer.Fate.ACKNOWLEDGED, "a healthy daemon left a request %s", fate);
    }

    private static void deliver(DaemonProcess daemon) throws IOException {
        Caller caller = daemon.caller();
        for (String sink : SINKS) {
            JsonNode run = caller.order("/v1/sinks/" + sink + "/run?wait=60s")
                    .expect(200)
                    .json();
            unless(run.path("error").isNull(), "%s did not deliver: %s", sink, run);
        }
    }
}
