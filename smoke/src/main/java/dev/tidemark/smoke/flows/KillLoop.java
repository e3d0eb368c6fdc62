// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Follower;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.ledger.RowPages;
import dev.tidemark.smoke.ledger.SeenRow;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * kill -9, again and again, at moments that a seed chooses.
 *
 * <p>Each round starts the daemon, ends the doubts of the round before by looking, lets producers post at once while
 * flushes, sink runs and readers go on, and kills it: at any time, or within a flush. One round in four is killed while it
 * still starts. Producers send again under its key what got no answer; readers go on at their tokens over all kills.
 *
 * <p>A killed process leaves its written pages to the kernel, so this says nothing about a missing sync: a daemon that
 * never synced would pass. That an acknowledged row is on the disk (I1) is for the tests with a disk that forgets.
 */
final class KillLoop implements Flow {
    private static final List<String> DATASETS = List.of("events", "readings");
    private static final String SINK = "archive";
    private static final int PRODUCERS = 3;
    private static final int ROWS_MAX = 40;
    private static final int PAGE = 5000;
    private static final int LIFE_MILLIS_MAX = 900;
    private static final int START_MILLIS_MAX = 1500;
    private static final int FLUSH_MILLIS_MAX = 1000;
    private static final int WITHIN_FLUSH_MILLIS_MAX = 40;
    private static final int PAGE_FEW = 200;

    private final int kills;

    KillLoop(int kills) {
        this.kills = kills;
    }

    @Override
    public String name() {
        return "kill-loop";
    }

    @Override
    public String proves() {
        return "kill -9 at any moment: every acknowledged row is read and delivered exactly once, in its place, whole requests only,"
                + " by who looks anew and by who goes on at a token; a key sent again stores nothing twice.";
    }

    @Override
    public String run(Stage stage) throws IOException, InterruptedException {
        Site site = stage.site("edge");
        site.directorySink(SINK);
        Ledger ledger = new Ledger();
        List<Producer> producers = new ArrayList<>();
        for (int producer = 0; producer < PRODUCERS; producer++) {
            String dataset = DATASETS.get(producer % DATASETS.size());
            producers.add(new Producer(
                    "p" + producer, dataset, ledger, new Random(stage.random().nextLong())));
        }
        List<Follower> followers = DATASETS.stream().map(Follower::new).toList();
        int doubts = 0;
        for (int kill = 0; kill < kills; kill++) {
            if (kill % 4 == 3) {
                killWhileStarting(stage, site);
            } else {
                DaemonProcess daemon = stage.start(site);
                lookAndSettle(ledger, daemon.caller(), "after " + kill + " kills");
                killWhileBusy(stage, daemon, producers, followers);
                doubts += ledger.rowsInDoubt();
            }
        }

        DaemonProcess daemon = stage.start(site);
        lookAndSettle(ledger, daemon.caller(), "after the last kill");
        int objectsBefore = new BlobDirectory(site.export().resolve("edge")).objects();
        daemon.caller().order("/v1/sinks/" + SINK + "/run?wait=60s").expect(200);
        BlobDirectory objects = new BlobDirectory(site.export().resolve("edge"));
        ledger.compare(objects.rows()).expectNone("at the directory");
        daemon.caller().order("/v1/flush").expect(200);
        ledger.compare(everything(daemon.caller())).expectNone("read from the table");
        List<SeenRow> followed = new ArrayList<>();
        for (Follower follower : followers) {
            boolean more = true;
            while (more) {
                more = follower.read(daemon.caller(), PAGE);
            }
            followed.addAll(follower.rows());
        }
        ledger.compare(followed).expectNone("read at tokens that went on over the kills");
        Standing standing = Standing.of(daemon.caller());
        for (String dataset : DATASETS) {
            standing.expectConserved(dataset, ledger.acknowledgedRows(dataset));
        }
        standing.expectDelivered(SINK, ledger.acknowledgedRows());
        daemon.stop();
        return "kills=" + kills + " rows=" + ledger.acknowledgedRows() + " in_doubt=" + doubts + " objects="
                + objects.objects() + " before_the_last_run=" + objectsBefore;
    }

    private static void killWhileStarting(Stage stage, Site site) throws IOException, InterruptedException {
        DaemonProcess daemon = stage.launch(site);
        awaitMillis(stage.random().nextInt(START_MILLIS_MAX));
        daemon.kill();
    }

    private static void killWhileBusy(
            Stage stage, DaemonProcess daemon, List<Producer> producers, List<Follower> followers)
            throws InterruptedException {
        AtomicBoolean going = new AtomicBoolean(true);
        Queue<BrokenPromise> broken = new ConcurrentLinkedQueue<>();
        CountDownLatch acknowledged = new CountDownLatch(PRODUCERS);
        Caller caller = daemon.caller();
        List<Thread> threads = new ArrayList<>();
        for (Producer producer : producers) {
            Random sizes = new Random(stage.random().nextLong());
            threads.add(Thread.startVirtualThread(() -> {
                untilKilled(going, broken, () -> {
                    if (producer.post(caller, 1 + sizes.nextInt(ROWS_MAX)) == Producer.Fate.ACKNOWLEDGED) {
                        acknowledged.countDown();
                    }
                });
            }));
        }
        for (Follower follower : followers) {
            Random sizes = new Random(stage.random().nextLong());
            threads.add(Thread.startVirtualThread(() ->
                    untilKilled(going, broken, () -> follower.read(caller, 1 + sizes.nextInt(PAGE_FEW)))));
        }
        AtomicInteger flushes = new AtomicInteger();
        threads.add(Thread.startVirtualThread(
                () -> untilKilled(going, broken, () -> caller.order("/v1/sinks/" + SINK + "/run?wait=60s"))));
        threads.add(Thread.startVirtualThread(() -> untilKilled(going, broken, () -> {
            flushes.incrementAndGet();
            caller.order("/v1/flush");
        })));
        unless(acknowledged.await(30, TimeUnit.SECONDS), "the producers were not answered within 30 s");
        awaitMillis(stage.random().nextInt(LIFE_MILLIS_MAX));
        if (stage.random().nextBoolean()) {
            int before = flushes.get();
            for (int i = 0; i < FLUSH_MILLIS_MAX && flushes.get() == before; i++) {
                awaitMillis(1);
            }
            awaitMillis(stage.random().nextInt(WITHIN_FLUSH_MILLIS_MAX));
        }
        daemon.kill();
        going.set(false);
        for (Thread thread : threads) {
            thread.join();
        }
        BrokenPromise first = broken.poll();
        if (first != null) {
            throw first;
        }
    }

    private static void awaitMillis(int millis) throws InterruptedException {
        new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    }

    /** Something that is done again and again. */
    @FunctionalInterface
    private interface Deed {
        void run() throws IOException;
    }

    private static void untilKilled(AtomicBoolean going, Queue<BrokenPromise> broken, Deed deed) {
        try {
            while (going.get()) {
                deed.run();
            }
        } catch (IOException e) {
            // The daemon was killed under the call, which is what this flow is about.
            return;
        } catch (BrokenPromise e) {
            broken.add(e);
        }
    }

    private static void lookAndSettle(Ledger ledger, Caller caller, String when) throws IOException {
        List<SeenRow> rows = everything(caller);
        ledger.compare(rows).expectNone("read " + when);
        ledger.settle(rows);
    }

    private static List<SeenRow> everything(Caller caller) throws IOException {
        List<SeenRow> rows = new ArrayList<>();
        for (String dataset : DATASETS) {
            if (caller.fetch("/v1/datasets/" + dataset).status() != 404) {
                rows.addAll(RowPages.read(caller, dataset, "0", PAGE).rows());
            }
        }
        return rows;
    }
}
