// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.EXPORT;
import static dev.tidemark.sinks.Shore.LIMITS;
import static dev.tidemark.sinks.Shore.SINKS;
import static dev.tidemark.sinks.Shore.WEST;
import static dev.tidemark.sinks.Shore.archive;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.sinks.RewindOrder.Course;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What somebody asks of a sink while a pass, a reload or somebody else is at it. */
class SinkRacesTest {
    private static final SinkSettings ONE_BY_ONE = archive(new ObjectLimits(1, 1 << 20, Duration.ofMinutes(15)));

    private final Shore shore = new Shore();

    /** Asks beside the thread that operates on the disk first, which goes on when the question waits for it. */
    private <T> FutureTask<T> askDuring(DiskOperation operation, Path folder, Callable<T> question) {
        FutureTask<T> asked = new FutureTask<>(question);
        shore.disk.interpose(operation, path -> path.startsWith(folder), () -> {
            Thread asking = Thread.ofPlatform().start(asked);
            await().until(() -> asking.getState() == Thread.State.TIMED_WAITING);
        });
        return asked;
    }

    @Test
    @Tag("I7")
    @Tag("I14")
    void whatIsAskedDuringAReloadReachesWhoComesAfterItAndLeavesItsJournalAlone() throws Exception {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            FutureTask<String> paused = askDuring(DiskOperation.SYNC_DIRECTORY, SINKS, () -> sinks.pause("archive"));
            assertEquals(List.of("archive"), sinks.reload(List.of(ONE_BY_ONE)).started());
            assertEquals("paused", paused.get());
            assertEquals("paused", sinks.run("archive").state());
            sinks.resume("archive");
            shore.append(ALL, 3);
            assertEquals(3, sinks.run("archive").deliveredRows());
        }
        try (Sinks sinks = shore.open(ONE_BY_ONE)) {
            assertEquals(5, sinks.states().getFirst().deliveredRows(), "the journal on disk is the one that runs");
            assertEquals("idle", sinks.run("archive").state());
        }
    }

    @Test
    void aSinkWithHoursGoesOnWithWhatSomebodyInterrupted() throws Exception {
        SinkSettings hourly = new SinkSettings(
                "archive",
                List.of(),
                Duration.ofMinutes(1),
                Cron.parse("0 * * * *"),
                Start.parse("earliest"),
                BackOff.DEFAULT,
                PoisonPolicy.DEFAULT,
                new DirectoryDestination(EXPORT, "edge", new ObjectLimits(1, 1 << 20, Duration.ofMinutes(15))));
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(hourly)) {
            assertEquals(0, sinks.tick("archive").units());
            shore.clock.advance(Duration.ofHours(1));
            FutureTask<String> paused = askDuring(DiskOperation.LINK, Shore.folder(ALL), () -> sinks.pause("archive"));
            assertEquals(1, sinks.tick("archive").units());
            paused.get();
            sinks.resume("archive");

            assertEquals(2, sinks.tick("archive").units(), "the hour is not over");
            shore.append(ALL, 1);
            assertEquals(0, sinks.tick("archive").units());
        }
    }

    @Test
    @Tag("I11")
    void aReplayOfADatasetThatIsReleasedEndsWithTheHold() throws Exception {
        shore.append(ALL, 2);
        shore.append(WEST, 2);
        SinkSettings logsOnly = Shore.settings("archive", List.of("logs"), "earliest", LIMITS);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            sinks.rewind("archive", new RewindOrder(Course.AGAIN, Start.parse("earliest"), null, null, null));
            sinks.reload(List.of(logsOnly));
            sinks.remove("archive", "hits");
            assertEquals(List.of(), sinks.holds().lowest(WEST).by());
            sinks.run("archive");
            assertEquals(List.of(), sinks.states().getFirst().streams());
            assertEquals(List.of(), sinks.holds().lowest(WEST).by());
        }
        try (Sinks sinks = shore.open(logsOnly)) {
            assertEquals(List.of(), sinks.holds().lowest(WEST).by());
        }
    }

    @Test
    @Tag("I7")
    void aSinkIsNotRenamedWhileItsDestinationHangs() throws Exception {
        shore.append(ALL, 1);
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        try (Sinks sinks = shore.open(archive())) {
            shore.disk.interpose(DiskOperation.LINK, path -> true, () -> {
                hanging.countDown();
                await().atMost(Duration.ofMinutes(1)).until(() -> over.getCount() == 0);
            });
            Thread pass = Thread.ofPlatform().start(() -> sinks.run("archive"));
            hanging.await();
            SinkVerbException refused = assertThrows(SinkVerbException.class, () -> sinks.rename("archive", "vault"));
            assertEquals(SinkVerbException.Kind.IN_USE, refused.kind());
            over.countDown();
            pass.join();
            assertEquals(1, sinks.states().getFirst().deliveredRows());
            sinks.rename("archive", "vault");
            assertEquals(List.of(), sinks.names());
        }
    }
}
