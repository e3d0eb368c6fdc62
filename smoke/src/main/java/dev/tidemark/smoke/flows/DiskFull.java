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
import java.time.Duration;
import java.util.Optional;

/** A disk that somebody fills and empties, and at last one that may not be written. */
final class DiskFull implements Flow {
    private static final String DATASET = "events";
    private static final long FREE = 6 << 20;
    private static final int ROUNDS = 3;
    private static final int ROWS = 50;
    private static final Duration BOUND = Duration.ofSeconds(10);

    @Override
    public String name() {
        return "disk-full";
    }

    @Override
    public String proves() {
        return "On a full disk rows are refused and read, over a kill too; within 10 s of room they are taken; a read-only disk"
                + " stops the start and harms nothing.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        Optional<SmallDisk> mounted = SmallDisk.mount(site.data(), "128m");
        if (mounted.isEmpty()) {
            return "SKIPPED: this needs root and a tmpfs";
        }
        try (SmallDisk disk = mounted.get()) {
            site.settings("disk: {reserve: 24MiB}\nspool: {segment: 4MiB}\n");
            site.directorySink("archive");
            Ledger ledger = new Ledger();
            Producer producer = new Producer("p", DATASET, ledger, stage.random());
            DaemonProcess daemon = stage.start(site);
            Duration best = Duration.ofDays(1);
            int refused = 0;
            for (int round = 0; round < ROUNDS; round++) {
                Orders.insist(producer, daemon.caller(), ROWS);
                disk.fillBut(FREE);
                DaemonProcess full = daemon;
                Orders.await("a refusal", () -> producer.post(full.caller(), ROWS) == Producer.Fate.REFUSED);
                refused++;
                ledger.compare(Orders.rows(daemon.caller(), DATASET)).expectNone("on a full disk");
                if (round == 1) {
                    daemon.kill();
                    daemon = stage.start(site);
                    unless(
                            producer.post(daemon.caller(), ROWS) == Producer.Fate.REFUSED,
                            "a daemon that was started on a full disk takes rows");
                }
                disk.free();
                long begun = System.nanoTime();
                Orders.insist(producer, daemon.caller(), ROWS);
                Duration took = Duration.ofNanos(System.nanoTime() - begun);
                best = took.compareTo(best) < 0 ? took : best;
            }
            unless(best.compareTo(BOUND) <= 0, "rows were taken %d ms after there was room", best.toMillis());
            Orders.deliver(daemon.caller(), "archive");
            ledger.compare(new BlobDirectory(site.export().resolve("edge")).rows())
                    .expectNone("at the directory");
            daemon.stop();

            unless(disk.remount("ro"), "the disk is still in use");
            int exit = stage.command(
                            "run",
                            "--config",
                            site.config().toString(),
                            "--data",
                            site.data().toString(),
                            "--http",
                            "127.0.0.1:0")
                    .exit();
            unless(exit == 74 || exit == 77 || exit == 78, "on a read-only disk the start ends with %d", exit);
            unless(disk.remount("rw"), "the disk stays read-only");
            daemon = stage.start(site);
            Orders.insist(producer, daemon.caller(), ROWS);
            ledger.compare(Orders.rows(daemon.caller(), DATASET)).expectNone("after all");
            daemon.stop();
            return "rows=" + ledger.acknowledgedRows() + " refused=" + refused + " taken_ms=" + best.toMillis()
                    + " read_only_exit=" + exit;
        }
    }
}
