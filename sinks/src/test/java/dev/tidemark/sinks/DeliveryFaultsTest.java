// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import dev.tidemark.sinks.testing.FaultyEndpoint;
import dev.tidemark.sinks.testing.ReceiverTwin;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What lost or doubled rows between other stores and their destinations, done to this one (LLP 0020). */
class DeliveryFaultsTest {
    private final Shore shore = new Shore();

    private void storeIsDown() {
        storeIsDown(shore);
    }

    private static void storeIsDown(Shore shore) {
        shore.disk.inject(call -> call.path().toString().endsWith(".part") && call.operation() == DiskOperation.WRITE
                ? Fault.FAIL_BEFORE
                : Fault.NONE);
    }

    private void storeIsUp() {
        shore.disk.inject(call -> Fault.NONE);
    }

    @Test
    @Tag("I6")
    void legacyRowsAreNotSentAgainByLaterTicks() throws IOException {
        shore.rows.adopt(6, shore.clock.instant(), Adoption.Reach.SINKS, ALL);
        try (Sinks sinks = shore.open(Shore.archive())) {
            sinks.run("archive");
            for (int tick = 0; tick < 5; tick++) {
                shore.append(ALL, 1);
                sinks.run("archive");
                assertEquals(0, sinks.tick("archive").units());
            }
        }
        assertEquals(shore.rows.forSinks(), shore.delivered());
    }

    @Test
    @Tag("I7")
    void latestWithTheStoreDownMissesNothing() throws IOException {
        shore.append(ALL, 3);
        SinkSettings latest = Shore.settings("archive", List.of(), "latest", Shore.LIMITS);
        storeIsDown();
        try (Sinks sinks = shore.open(latest)) {
            assertEquals("idle", sinks.run("archive").state());
            shore.append(ALL, 2);
            assertEquals("backing_off", sinks.run("archive").state());
        }
        try (Sinks sinks = shore.open(latest)) {
            storeIsUp();
            assertEquals("idle", sinks.run("archive").state());
            assertEquals(0, sinks.states().getFirst().conservation().delta());
        }
        assertEquals(List.of(7L, 9L), shore.delivered());
    }

    @Test
    @Tag("I8")
    void anotherFormatLeavesAPromisedObjectAsItWas() throws IOException {
        shore.append(ALL, 3);
        storeIsDown();
        try (Sinks sinks = shore.open(Shore.archive())) {
            assertEquals("backing_off", sinks.run("archive").state());
        }
        storeIsUp();
        shore.append(ALL, 2);
        ObjectFormat csv = new ObjectFormat(ObjectFormat.Kind.CSV, "gzip", Hidden.SHOWN);
        SinkSettings changed = new SinkSettings(
                "archive",
                List.of(),
                Shore.archive().every(),
                Start.parse("earliest"),
                new DirectoryDestination(Shore.EXPORT, "edge", csv, Shore.LIMITS));
        try (Sinks sinks = shore.open(changed)) {
            assertEquals(2, sinks.run("archive").units());
        }
        List<String> objects = shore.names(Shore.folder(ALL)).stream()
                .filter(name -> name.startsWith("0"))
                .toList();
        assertEquals(2, objects.size());
        assertTrue(objects.getFirst().endsWith(".jsonl"), objects.toString());
        assertTrue(objects.getLast().endsWith(".csv.gz"), objects.toString());
        assertEquals(List.of(1L, 3L, 5L), shore.delivered());
    }

    @Test
    @Tag("I8")
    void aNewerEncoderFinishesWhatAnOlderOnePromised() throws IOException {
        shore.append(ALL, 3);
        storeIsDown();
        try (Sinks sinks = shore.open(Shore.archive())) {
            assertEquals("backing_off", sinks.run("archive").state());
        }
        Path journal = Shore.SINKS.resolve("archive/journal");
        List<JournalRecord> promised = SinkJournal.read(journal, shore.files).orElseThrow().condensed().stream()
                .map(DeliveryFaultsTest::asOfTheOldest)
                .toList();
        shore.files.delete(journal);
        try (SinkJournal older = SinkJournal.create(journal, shore.files)) {
            older.append(promised);
        }
        storeIsUp();
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Shore.archive())) {
            assertEquals(2, sinks.run("archive").units());
            assertEquals(0, sinks.states().getFirst().conservation().delta());
        }
        assertEquals(2, shore.objects(ALL).size());
        assertEquals(shore.rows.sequences(), shore.delivered());
    }

    /** The same record as an older version would have written it. */
    private static JournalRecord asOfTheOldest(JournalRecord record) {
        if (record instanceof JournalRecord.Stood(Track track, Standing standing)) {
            // Its promises come after it.
            return new JournalRecord.Stood(
                    track,
                    new Standing(
                            standing.mark(),
                            standing.noted(),
                            standing.acknowledged(),
                            standing.reached(),
                            standing.pass(),
                            List.of(),
                            standing.counts(),
                            standing.skips()));
        }
        if (!(record instanceof JournalRecord.Promised(Intent intent))) {
            return record;
        }
        assertEquals("jsonl/1", intent.encoder());
        return new JournalRecord.Promised(new Intent(
                intent.id(),
                intent.track(),
                intent.generation(),
                intent.range(),
                intent.destination(),
                intent.name(),
                "jsonl/0",
                intent.rows(),
                intent.digest(),
                intent.at()));
    }

    @Test
    @Tag("I9")
    @Tag("I19")
    void aHostThatIsSetUpAnewOnAnOldPrefixWritesBesideWhatIsThere() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(Shore.archive())) {
            sinks.run("archive");
        }
        List<String> before = shore.objects(ALL);
        try (Sinks sinks = Sinks.open(
                Path.of("/new/sinks"),
                "another7incarnation7of7its7",
                new Lives("new", "new"::equals, life -> {}),
                shore.rows,
                shore.files,
                Runnable::run,
                shore.clock,
                List.of(Shore.archive()))) {
            assertEquals("idle", sinks.run("archive").state());
        }
        assertEquals(2, shore.objects(ALL).size());
        assertTrue(shore.objects(ALL).containsAll(before));
        assertEquals(List.of(1L, 1L, 3L, 3L, 5L, 5L), shore.delivered());
        try (Sinks sinks = shore.open(Shore.archive())) {
            shore.append(ALL, 1);
            assertEquals("idle", sinks.run("archive").state());
        }
    }

    @Test
    @Tag("I13")
    void aPassOverTenThousandPartitionsMakesFewSyncs() throws IOException {
        int partitions = 10_000;
        for (int i = 0; i < partitions; i++) {
            shore.append(Partition.of("hits", "p" + i), 1);
        }
        try (Sinks sinks = shore.open(Shore.archive())) {
            AtomicInteger syncs = new AtomicInteger();
            shore.disk.observe(call -> {
                if (call.operation() == DiskOperation.SYNC && call.path().startsWith(Shore.SINKS)) {
                    syncs.incrementAndGet();
                }
            });
            assertEquals(partitions, sinks.run("archive").units());
            assertTrue(syncs.get() <= 3 + partitions / 100, "syncs: " + syncs);
            assertEquals(0, sinks.tick("archive").units());
        }
    }

    @Test
    @Tag("I7")
    void whatArrivedBeforeAFailureIsNotSentAgain() throws IOException {
        ReceiverTwin receiver = new ReceiverTwin();
        try (FaultyEndpoint endpoint =
                new FaultyEndpoint(request -> request.header("Tidemark-Range").startsWith("13-")
                        ? FaultyEndpoint.answer(503)
                        : receiver.apply(request))) {
            SinkSettings central = Shore.central(endpoint.url("/v1/forward"), 1);
            Shore last = shore;
            last.append(ALL, 10);
            for (int life = 0; life < 3; life++) {
                FaultyDisk left;
                try (Sinks sinks = last.open(central)) {
                    assertEquals("backing_off", sinks.run("central").state());
                    left = last.disk.afterKill();
                }
                last = last.on(left);
            }
            endpoint.answering(receiver);
            try (Sinks sinks = last.open(central)) {
                assertEquals("idle", sinks.run("central").state());
            }
            Map<String, Integer> sent = new TreeMap<>();
            endpoint.posts().forEach(post -> sent.merge(post.header("Tidemark-Range"), 1, Integer::sum));
            assertEquals(4, sent.remove("13-15"), sent::toString);
            assertEquals(9, sent.size());
            assertEquals(Set.of(1), new HashSet<>(sent.values()), sent::toString);
            assertEquals(last.rows.sequences(), receiver.ids());
        }
    }

    @Test
    @Tag("I10")
    @Tag("I11")
    void aStoreThatFillsUpWithinAnObjectLeavesNothingUnderAName() throws IOException {
        for (int i = 0; i < 5; i++) {
            shore.rows.append(ALL, 1, shore.clock.instant(), "x".repeat(100_000));
        }
        AtomicInteger writes = new AtomicInteger();
        shore.disk.inject(call -> call.path().toString().endsWith(".part")
                        && call.operation() == DiskOperation.WRITE
                        && writes.incrementAndGet() > 1
                ? Fault.FULL
                : Fault.NONE);
        try (Sinks sinks = shore.open(Shore.archive())) {
            assertEquals("backing_off", sinks.run("archive").state());
            assertTrue(writes.get() > 1, "the object was begun: " + writes);
            assertEquals(List.of(), shore.objects(ALL));
            storeIsUp();
            shore.append(ALL, 2);
            assertEquals("idle", sinks.run("archive").state());
        }
        assertEquals(shore.rows.sequences(), shore.delivered());
        assertEquals(
                List.of(),
                shore.names(Shore.folder(ALL)).stream()
                        .filter(name -> name.endsWith(".part"))
                        .toList());
    }

    @Test
    @Tag("I16")
    void noFigureIsEverNegativeAndNoneIsLeftWhenAllHasArrived() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        System.out.println("figures of a sink: seed " + seed);
        Shore at = shore;
        Sinks sinks = at.open(Shore.archive());
        try {
            for (int step = 0; step < 200; step++) {
                switch (random.nextInt(7)) {
                    case 0, 1 -> at.append(random.nextBoolean() ? ALL : Shore.WEST, 1 + random.nextInt(5));
                    case 2 -> sinks.run("archive");
                    case 3 -> sinks.tick("archive");
                    case 4 -> {
                        at.disk.inject(call -> Fault.NONE);
                        if (random.nextBoolean()) {
                            storeIsDown(at);
                        }
                    }
                    case 5 -> at.clock.advance(Duration.ofMinutes(random.nextInt(20)));
                    default -> {
                        FaultyDisk left = at.disk.afterKill();
                        sinks.close();
                        at = at.on(left);
                        sinks = at.open(Shore.archive());
                    }
                }
                assertFigures(sinks.states().getFirst(), at.rows.sequences().size(), "seed " + seed + " step " + step);
            }
            at.disk.inject(call -> Fault.NONE);
            at.append(ALL, 1);
            assertEquals("idle", sinks.run("archive").state());
            SinkState state = sinks.states().getFirst();
            assertFigures(state, at.rows.sequences().size(), "seed " + seed);
            assertEquals(0, state.lagRows() + state.lagBytes() + state.lagSeconds(), "seed " + seed + ": " + state);
        } finally {
            sinks.close();
        }
    }

    private static void assertFigures(SinkState state, long accepted, String when) {
        assertTrue(state.lagRows() >= 0 && state.lagBytes() >= 0 && state.lagSeconds() >= 0, () -> when + ": " + state);
        assertTrue(state.deliveredRows() >= 0 && state.deliveredBytes() >= 0, () -> when + ": " + state);
        assertEquals(accepted, state.deliveredRows() + state.lagRows(), when);
        assertEquals(accepted, state.conservation().accepted(), when);
        assertEquals(0, state.conservation().delta(), when);
        for (PartitionProgress partition : state.partitions()) {
            assertTrue(partition.lagRows() >= 0, () -> when + ": " + partition);
        }
    }
}
