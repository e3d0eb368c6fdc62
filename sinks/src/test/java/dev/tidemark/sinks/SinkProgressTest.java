// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.EAST;
import static dev.tidemark.sinks.Shore.EXPORT;
import static dev.tidemark.sinks.Shore.SINKS;
import static dev.tidemark.sinks.Shore.WEST;
import static dev.tidemark.sinks.Shore.archive;
import static dev.tidemark.sinks.Shore.folder;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Survivors;
import dev.tidemark.sinks.RewindOrder.Course;
import dev.tidemark.sinks.testing.FaultyEndpoint;
import dev.tidemark.sinks.testing.FaultyEndpoint.Act;
import dev.tidemark.sinks.testing.FaultyEndpoint.Received;
import dev.tidemark.sinks.testing.ReceiverTwin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of a delivery, where others have lost rows by it. */
class SinkProgressTest {
    private static final String PLACE = "/v1/forward";

    private final Shore shore = new Shore();

    @Test
    @Tag("I7")
    void aMarkTellsOfItsOwnPartitionThoughRowsCameMixedAndAnotherPartitionFails() throws IOException {
        for (int i = 0; i < 5; i++) {
            shore.append(EAST, 1);
            shore.append(WEST, 1);
        }
        try (Sinks sinks = shore.open(archive())) {
            shore.disk.inject(call -> call.operation() == DiskOperation.LINK
                            && call.path().toString().contains("west")
                    ? Fault.FAIL_BEFORE
                    : Fault.NONE);
            assertEquals("backing_off", sinks.run("archive").state());
            assertEquals(new Position(0, 0), sinks.holds().lowest(WEST).position());
        }
        shore.disk.cutNow();
        Shore next = shore.on(shore.disk.afterPowerCut(Survivors.none()));
        next.append(EAST, 1);
        try (Sinks sinks = next.open(archive())) {
            assertEquals("idle", sinks.run("archive").state());
            assertEquals(0, sinks.states().getFirst().conservation().delta());
        }
        assertEquals(next.rows.sequences(), next.delivered());
    }

    @Test
    @Tag("I9")
    void anIdNeverMeansOtherRowsThoughBatchesChangeTheirSize() throws Exception {
        ReceiverTwin receiver = new ReceiverTwin();
        try (FaultyEndpoint endpoint = new FaultyEndpoint(receiver)) {
            shore.append(ALL, 7);
            endpoint.next(request -> {
                receiver.apply(request);
                return FaultyEndpoint.answer(404);
            });
            for (int rows : List.of(3, 2, 5, 1)) {
                endpoint.answering(receiver);
                try (Sinks sinks = shore.open(Shore.central(endpoint.url(PLACE), rows))) {
                    sinks.rewind("central", new RewindOrder(Course.MAIN, new Start.Earliest(), null, null, null));
                    endpoint.answering(request ->
                            endpoint.posts().size() % 3 == 2 ? FaultyEndpoint.answer(500) : receiver.apply(request));
                    for (int run = 0; run < 10; run++) {
                        sinks.run("central");
                    }
                    assertEquals(0, sinks.states().getFirst().conservation().delta());
                }
                shore.append(ALL, 1);
            }
            Map<String, String> rows = new HashMap<>();
            for (Received post : endpoint.posts()) {
                String meaning = post.header("Tidemark-Range") + " " + post.header("Tidemark-Rows");
                assertEquals(meaning, rows.merge(post.header("Idempotency-Key"), meaning, (before, now) -> before));
            }
            assertTrue(rows.size() > 10, "ids: " + rows);
            assertEquals(List.of(), receiver.faults());
        }
    }

    @Test
    @Tag("I7")
    void whoStartedAtTheLatestRowAndDiedBeforeAnythingCameMissesNothing() throws IOException {
        shore.append(ALL, 3);
        SinkSettings latest = Shore.settings("archive", List.of(), "latest", Shore.LIMITS);
        try (Sinks sinks = shore.open(latest)) {
            assertEquals(0, sinks.tick("archive").units());
        }
        shore.disk.cutNow();
        Shore next = shore.on(shore.disk.afterPowerCut(Survivors.none()));
        next.append(ALL, 2);
        try (Sinks sinks = next.open(latest)) {
            assertEquals(2, sinks.run("archive").deliveredRows());
            assertEquals(0, sinks.states().getFirst().conservation().delta());
        }
        assertEquals(List.of(7L, 9L), next.delivered());
    }

    @Test
    @Tag("I7")
    void aPartitionThatIsNewUnderLatestIsDeliveredFromItsFirstRow() throws IOException {
        shore.append(WEST, 3);
        SinkSettings latest = Shore.settings("archive", List.of(), "latest", Shore.LIMITS);
        try (Sinks sinks = shore.open(latest)) {
            shore.append(EAST, 2);
            assertEquals(2, sinks.states().getFirst().lagRows());
        }
        try (Sinks sinks = shore.open(latest)) {
            shore.append(WEST, 1);
            assertEquals(3, sinks.run("archive").deliveredRows());
            assertEquals(0, sinks.states().getFirst().conservation().delta());
        }
        assertEquals(List.of(7L, 9L, 11L), shore.delivered());
    }

    @Test
    @Tag("I14")
    @Timeout(20)
    void aSinkThatHangsDelaysNobody() throws Exception {
        shore.append(ALL, 3);
        CountDownLatch asked = new CountDownLatch(1);
        try (FaultyEndpoint endpoint = new FaultyEndpoint(request -> {
                    asked.countDown();
                    return new Act.Hang();
                });
                Sinks sinks = shore.open(archive(), Shore.central(endpoint.url(PLACE), 3))) {
            Thread slow = Thread.ofVirtual().start(() -> sinks.run("central"));
            assertTrue(asked.await(10, TimeUnit.SECONDS));
            assertEquals("running", sinks.states().getLast().state());
            assertEquals(3, sinks.run("archive").deliveredRows());
            assertEquals(3, sinks.states().getLast().lagRows());
            slow.join();
        }
    }

    @Test
    @Tag("I8")
    void aUnitThatIsTriedAgainDoesNotGrow() throws IOException {
        ReceiverTwin receiver = new ReceiverTwin();
        try (FaultyEndpoint endpoint = new FaultyEndpoint(
                request -> request.method().equals("GET") ? receiver.apply(request) : FaultyEndpoint.answer(503))) {
            shore.append(ALL, 2);
            try (Sinks sinks = shore.open(Shore.central(endpoint.url(PLACE), 100))) {
                for (int i = 0; i < 5; i++) {
                    sinks.run("central");
                    shore.append(ALL, 1);
                }
            }
            try (Sinks sinks = shore.open(Shore.central(endpoint.url(PLACE), 100))) {
                sinks.run("central");
                assertEquals(
                        List.of("0-3 2"),
                        endpoint.posts().stream()
                                .map(post -> post.header("Tidemark-Range") + " " + post.header("Tidemark-Rows"))
                                .distinct()
                                .toList());
                endpoint.answering(receiver);
                assertEquals("idle", sinks.run("central").state());
            }
        }
        assertEquals(shore.rows.sequences(), receiver.ids());
    }

    @Test
    @Tag("I10")
    void twoPathsToOneFolderShareOneStore(@TempDir Path directory) throws IOException {
        Path real = Files.createDirectory(directory.resolve("real"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        DurableFiles files = new DurableFiles(new LocalDisk());
        SinkSettings one = directorySink("one", real);
        SinkSettings two = directorySink("two", link.resolve("../link"));
        Lives lives = new Lives("life-1", "life-1"::equals, life -> {});
        try (Sinks sinks = Sinks.open(
                directory.resolve("sinks"),
                "incarnation",
                lives,
                shore.rows,
                files,
                Runnable::run,
                shore.clock,
                List.of(one, two))) {
            for (int i = 0; i < 3; i++) {
                shore.append(ALL, 2);
                assertEquals(2, sinks.run("one").deliveredRows());
                assertEquals(2, sinks.run("two").deliveredRows());
            }
        }
        Path folder = real.resolve("edge/logs/all");
        List<String> objects = files.list(folder).stream()
                .map(file -> String.valueOf(file.getFileName()))
                .filter(name -> name.startsWith("0"))
                .toList();
        assertEquals(6, objects.size());
        List<String> receipts = Files.readAllLines(folder.resolve("_receipts.jsonl"));
        assertEquals(6, receipts.size());
        for (String object : objects) {
            assertEquals(
                    1, receipts.stream().filter(line -> line.contains(object)).count(), object);
        }
    }

    private static SinkSettings directorySink(String name, Path root) {
        return new SinkSettings(
                name,
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new DirectoryDestination(root, "edge", Shore.LIMITS));
    }

    @Test
    @Tag("I13")
    void statusOfTenThousandPartitionsThatLagOpensNothing() throws IOException {
        for (int i = 0; i < 10_000; i++) {
            shore.append(Partition.of("hits", "p" + i), 1);
        }
        try (Sinks sinks = shore.open(archive())) {
            long operations = shore.disk.operations();
            long opens = shore.disk.opens(path -> true);
            int reads = shore.rows.reads();
            SinkState state = sinks.states().getFirst();
            assertEquals(10_000, state.lagRows());
            assertEquals(10_000, state.partitions().size());
            assertEquals(operations, shore.disk.operations());
            assertEquals(opens, shore.disk.opens(path -> true));
            assertEquals(reads, shore.rows.reads());
        }
    }

    @Test
    @Tag("I13")
    void aBacklogThatDoesNotFitInMemoryIsDeliveredFromOneRead() throws IOException {
        for (int i = 0; i < 600; i++) {
            shore.rows.append(i % 3 == 0 ? EAST : WEST, 1, shore.clock.instant(), "x".repeat(40_000));
        }
        try (Sinks sinks = shore.open(archive())) {
            sinks.tick("archive");
        }
        int before = shore.rows.reads();
        try (Sinks sinks = shore.open(archive())) {
            assertEquals("idle", sinks.run("archive").state());
            assertTrue(shore.rows.reads() - before <= 2, "reads: " + (shore.rows.reads() - before));
            assertEquals(0, sinks.states().getFirst().conservation().delta());
        }
        assertEquals(shore.rows.sequences(), shore.delivered());
        assertEquals(List.of(), shore.names(SINKS.resolve("archive/tmp")));
        assertTrue(shore.objects(WEST).size() > 10, "objects: " + shore.objects(WEST));
        assertTrue(folder(WEST).startsWith(EXPORT));
    }

    @Test
    @Tag("I7")
    @Tag("I10")
    @Tag("I16")
    void whatAReceiverLostIsSentAgainInANewGenerationAlsoAfterACrash() throws IOException {
        ReceiverTwin receiver = new ReceiverTwin();
        try (FaultyEndpoint endpoint = new FaultyEndpoint(receiver)) {
            shore.append(ALL, 10);
            try (Sinks sinks = shore.open(Shore.central(endpoint.url(PLACE), 2))) {
                sinks.run("central");
                receiver.restoreTo(4);
                shore.append(ALL, 1);
                endpoint.answering(request -> request.header("Tidemark-Range").startsWith("7-")
                        ? FaultyEndpoint.answer(500)
                        : receiver.apply(request));
                assertEquals("backing_off", sinks.run("central").state());
                assertEquals(new Position(0, 7), sinks.holds().lowest(ALL).position());
                assertEquals(0, sinks.states().getFirst().conservation().delta());
                assertEquals(7, sinks.states().getFirst().lagRows());
            }
            shore.disk.cutNow();
            Shore next = shore.on(shore.disk.afterPowerCut(Survivors.none()));
            endpoint.answering(receiver);
            try (Sinks sinks = next.open(Shore.central(endpoint.url(PLACE), 2))) {
                assertEquals("idle", sinks.run("central").state());
                assertEquals(
                        new SinkConservation(11, 0, 11, 0, 0, 0),
                        sinks.states().getFirst().conservation());
            }
            assertEquals(next.rows.sequences(), receiver.ids());
            assertEquals(List.of(), receiver.faults());
        }
    }
}
