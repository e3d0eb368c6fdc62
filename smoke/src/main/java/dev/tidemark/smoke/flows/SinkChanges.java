// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Outcome;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Sinks that are added, renamed, rewound, replayed, removed and added again, while rows come. */
final class SinkChanges implements Flow {
    private static final String DATASET = "events";
    private static final int ROWS = 60;

    @Override
    public String name() {
        return "sink-changes";
    }

    @Override
    public String proves() {
        return "Two instances have each row once; one that is added gets all, one renamed goes on, one rewound repeats nothing,"
                + " one replayed repeats what was asked for, one removed and added again begins anew.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        Path sinks = site.config().resolve("sinks.d");
        sink(site, "one", "one");
        sink(site, "two", "two");
        DaemonProcess daemon = stage.start(site);
        Caller caller = daemon.caller();
        Ledger ledger = new Ledger();
        Producer producer = new Producer("p", DATASET, ledger, stage.random());
        Orders.post(producer, caller, ROWS);
        expectOnce(caller, site, ledger, "one");
        expectOnce(caller, site, ledger, "two");

        sink(site, "late", "late");
        reload(caller);
        Orders.post(producer, caller, ROWS);
        for (String name : List.of("one", "two", "late")) {
            expectOnce(caller, site, ledger, name);
        }

        Files.move(sinks.resolve("two.yaml"), sinks.resolve("deux.yaml"));
        sink(stage, site, "rename", "two", "deux").expectExit(0);
        reload(caller);
        Orders.post(producer, caller, ROWS);
        Orders.deliver(caller, "deux");
        compare(ledger, site, "two");

        sink(stage, site, "rewind", "one", "--to", "start", "--yes").expectExit(0);
        Orders.post(producer, caller, ROWS);
        expectOnce(caller, site, ledger, "one");

        int before = ledger.acknowledgedRows();
        sink(stage, site, "rewind", "late", "--to", "start", "--until", "latest", "--again", "--yes")
                .expectExit(0);
        Orders.deliver(caller, "late");
        Orders.await("the replay", () -> lines(site, "late") == before + ledger.acknowledgedRows());
        BlobDirectory late = new BlobDirectory(site.export().resolve("late"));
        unless(late.tags().size() == 2, "a replay is a stream of its own: %s", late.tags());
        for (String tag : late.tags()) {
            ledger.compare(late.tagged(tag).rows()).expectNone("in the stream " + tag);
        }

        Files.delete(sinks.resolve("one.yaml"));
        reload(caller);
        sink(stage, site, "remove", "one", "--yes").expectExit(0);
        sink(site, "one", "one");
        reload(caller);
        Orders.post(producer, caller, ROWS);
        Orders.deliver(caller, "one");
        BlobDirectory one = new BlobDirectory(site.export().resolve("one"));
        unless(one.tags().size() == 2, "a name that is used again is another instance: %s", one.tags());
        int whole = 0;
        for (String tag : one.tags()) {
            whole += one.tagged(tag).rows().size() == ledger.acknowledgedRows() ? 1 : 0;
        }
        unless(whole == 1, "the new instance has to have everything");
        unless(
                Standing.of(caller).status().path("state").asText().equals("healthy"),
                "not healthy: %s",
                Standing.of(caller).status().path("reasons"));
        daemon.stop();
        return "rows=" + ledger.acknowledgedRows() + " replayed=" + before;
    }

    private static void sink(Site site, String name, String prefix) throws IOException {
        site.sink(name, """
                type: blob
                store: {dir: %s}
                prefix: %s
                format: jsonl
                compression: none
                every: 250ms
                object: {max_wait: 250ms}
                """.formatted(site.export(), prefix));
    }

    private static Outcome sink(Stage stage, Site site, String verb, String... arguments) {
        List<String> line = Stream.of(
                        Stream.of("sink", verb),
                        Stream.of(arguments),
                        Stream.of("--data", site.data().toString()))
                .flatMap(words -> words)
                .toList();
        return stage.command(line.toArray(String[]::new));
    }

    private static void reload(Caller caller) throws IOException {
        caller.order("/v1/reload").expect(200);
    }

    private static void expectOnce(Caller caller, Site site, Ledger ledger, String name) throws IOException {
        Orders.deliver(caller, name);
        compare(ledger, site, name);
    }

    private static void compare(Ledger ledger, Site site, String prefix) throws IOException {
        ledger.compare(new BlobDirectory(site.export().resolve(prefix)).rows()).expectNone("under " + prefix);
    }

    private static long lines(Site site, String prefix) throws IOException {
        BlobDirectory objects = new BlobDirectory(site.export().resolve(prefix));
        long lines = 0;
        for (String tag : objects.tags()) {
            lines += objects.tagged(tag).rows().size();
        }
        return lines;
    }
}
