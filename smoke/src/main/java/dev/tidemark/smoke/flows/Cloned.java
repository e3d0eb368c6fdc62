// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A data directory that is copied, and both go on. */
final class Cloned implements Flow {
    private static final String DATASET = "events";
    private static final int ROWS = 50;

    @Override
    public String name() {
        return "cloned";
    }

    @Override
    public String proves() {
        return "A copy that nobody recovered is refused with 65; recovered as a clone it is a cache of its own, and both deliver"
                + " each of their rows once.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site first = stage.site("first");
        Site second = stage.site("second");
        Path export = stage.directory().resolve("export");
        for (Site site : List.of(first, second)) {
            site.sink("archive", """
                    type: blob
                    store: {dir: %s}
                    prefix: edge
                    format: jsonl
                    compression: none
                    every: 1h
                    """.formatted(export));
        }
        Ledger ofFirst = new Ledger();
        Producer producer = new Producer("p", DATASET, ofFirst, stage.random());
        DaemonProcess daemon = stage.start(first);
        Orders.post(producer, daemon.caller(), ROWS);
        Orders.deliver(daemon.caller(), "archive");
        int before = ofFirst.acknowledgedRows();
        stage.command("backup", second.data().toString(), "--data", first.data().toString())
                .expectExit(0);
        stage.command(
                        "run",
                        "--config",
                        second.config().toString(),
                        "--data",
                        second.data().toString(),
                        "--http",
                        "127.0.0.1:0")
                .expectExit(65);
        stage.command("recover", "--cloned", "--yes", "--data", second.data().toString())
                .expectExit(0);
        DaemonProcess clone = stage.start(second);
        unless(
                !clone.line().incarnation().equals(daemon.line().incarnation()),
                "the clone is still %s",
                daemon.line().incarnation());

        Ledger ofClone = new Ledger();
        Producer other = new Producer("c", DATASET, ofClone, stage.random());
        for (int round = 0; round < 3; round++) {
            Orders.post(producer, daemon.caller(), ROWS);
            Orders.post(other, clone.caller(), ROWS);
            Orders.deliver(daemon.caller(), "archive");
            Orders.deliver(clone.caller(), "archive");
        }
        unless(
                Orders.rows(clone.caller(), DATASET).size() == before + ofClone.acknowledgedRows(),
                "the clone has the rows of before and its own");
        BlobDirectory objects = new BlobDirectory(export.resolve("edge"));
        Set<String> tags = new HashSet<>(objects.tags());
        unless(tags.size() == 2, "two caches write under two tags: %s", tags);
        int matched = 0;
        for (String tag : tags) {
            matched += ofFirst.compare(objects.tagged(tag).rows()).isEmpty() ? 1 : 0;
            matched += ofClone.compare(objects.tagged(tag).rows()).isEmpty() ? 1 : 0;
        }
        unless(matched == 2, "each cache has its rows under its tag, found for %d", matched);
        for (DaemonProcess one : List.of(daemon, clone)) {
            Standing.of(one.caller()).expectIdle("archive");
            one.stop();
        }
        return "rows=" + ofFirst.acknowledgedRows() + " of_the_clone=" + ofClone.acknowledgedRows();
    }
}
