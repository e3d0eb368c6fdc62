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
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.testing.FaultyEndpoint;
import dev.tidemark.sinks.testing.FaultyEndpoint.Act;
import dev.tidemark.sinks.testing.ReceiverTwin;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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

    @Test
    @Tag("I7")
    void aTickBesideAPassSendsNothing() throws Exception {
        shore.append(ALL, 3);
        List<SinkRun> beside = new ArrayList<>();
        try (Sinks sinks = shore.open(ONE_BY_ONE)) {
            shore.disk.interpose(DiskOperation.LINK, path -> path.startsWith(EXPORT), () -> {
                shore.append(ALL, 2);
                FutureTask<SinkRun> tick = new FutureTask<>(() -> sinks.tick("archive"));
                Thread.ofPlatform().start(tick);
                await().until(tick::isDone);
                beside.add(tick.resultNow());
            });
            SinkRun pass = sinks.run("archive");
            assertEquals("running", beside.getFirst().state());
            assertEquals(0, beside.getFirst().units());
            assertEquals("idle", pass.state());
            assertEquals("idle", sinks.run("archive").state());
            assertEquals(5, sinks.states().getFirst().deliveredRows());
        }
        assertEquals(shore.rows.sequences(), shore.delivered());
    }

    @Test
    @Tag("I14")
    @Timeout(30)
    void aReloadIsNotHeldUpByADestinationThatNeverAnswers() throws Exception {
        shore.append(ALL, 2);
        ReceiverTwin receiver = new ReceiverTwin();
        CountDownLatch asked = new CountDownLatch(1);
        try (FaultyEndpoint endpoint = new FaultyEndpoint(request -> {
                    asked.countDown();
                    return new Act.Hang();
                });
                Sinks sinks = shore.open(archive(), patient(endpoint.url("/v1/forward"), 1))) {
            Thread pass = Thread.ofVirtual().start(() -> sinks.run("central"));
            asked.await();
            SinksChange change = sinks.reload(List.of(archive(), patient(endpoint.url("/v1/forward"), 2)));
            assertEquals(List.of("central"), change.started());
            assertEquals(List.of("archive"), change.unchanged());
            pass.join();
            endpoint.answering(receiver);
            assertEquals("idle", sinks.run("central").state());
            assertEquals("idle", sinks.run("archive").state());
        }
        assertEquals(shore.rows.sequences(), receiver.ids());
        assertEquals(List.of(), receiver.faults());
        assertEquals(shore.rows.sequences(), shore.delivered());
    }

    @Test
    @Tag("I14")
    @Timeout(30)
    void aStopIsNotHeldUpByADestinationThatNeverAnswers() throws Exception {
        shore.append(ALL, 2);
        ReceiverTwin receiver = new ReceiverTwin();
        CountDownLatch asked = new CountDownLatch(1);
        try (FaultyEndpoint endpoint = new FaultyEndpoint(request -> {
            asked.countDown();
            return new Act.Hang();
        })) {
            Sinks sinks = shore.open(patient(endpoint.url("/v1/forward"), 1));
            Thread pass = Thread.ofVirtual().start(() -> sinks.run("central"));
            asked.await();
            sinks.close();
            pass.join();
            endpoint.answering(receiver);
            try (Sinks next = shore.open(patient(endpoint.url("/v1/forward"), 1))) {
                assertEquals("idle", next.run("central").state());
            }
        }
        assertEquals(shore.rows.sequences(), receiver.ids());
        assertEquals(List.of(), receiver.faults());
    }

    /** A forward sink that would wait for an answer for hours. */
    private static SinkSettings patient(URI url, int rows) {
        Duration hours = Duration.ofHours(5);
        return new SinkSettings(
                "central",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new ForwardDestination(
                        url,
                        null,
                        new ForwardDestination.Authorization.None(),
                        Map.of(),
                        null,
                        ForwardDestination.WireFormat.NDJSON,
                        Compression.NONE,
                        Hidden.LEFT_OUT,
                        new ObjectLimits(rows, 1 << 20, Duration.ZERO),
                        0,
                        new ForwardDestination.Timeouts(hours, hours, hours, hours),
                        ForwardDestination.Tls.OF_THE_HOST));
    }
}
