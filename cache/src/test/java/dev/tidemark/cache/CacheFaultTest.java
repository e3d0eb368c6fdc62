// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Busy;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.PowerCut;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A cache on a disk that fails, fills, lies and loses power. */
class CacheFaultTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final int FOOTER_BYTES = 128;
    private static final Path SPOOL = DIRECTORY.resolve("spool");
    private static final Scope WHOLE = Scope.whole("logs");
    private static final int SEGMENT_BYTES = 1 << 16;
    private static final int FRAME_ALIGNMENT = 64;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk disk) throws IOException {
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, 1000, 1 << 20),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private AppendOutcome append(Cache cache, long from, int rows) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, from, rows, "a")) {
            return cache.append(batch);
        }
    }

    private static List<Long> numbers(Cache cache) throws IOException {
        return Rows.read(cache, WHOLE, Position.START).stream().map(Rows::n).toList();
    }

    private static List<Long> upTo(long end) {
        return LongStream.range(0, end).boxed().toList();
    }

    /** The newest spool segment. */
    private static Path segment(FaultyDisk disk) throws IOException {
        return disk.list(SPOOL).stream()
                .filter(file -> file.getFileName().toString().endsWith(".spool"))
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    private static void flip(FaultyDisk disk, Path file, long offset) throws IOException {
        try (DiskFile open = disk.open(file)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            open.read(one, offset);
            one.flip();
            open.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 0x40)}), offset);
            open.sync();
        }
    }

    @Test
    @Tag("I1")
    void whatWasAnsweredSurvivesAPowerCutThatLosesAllThatWasNotSynced() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        Cache cache = open(disk);
        append(cache, 0, 5);
        append(cache, 5, 5);
        disk.cutNow();
        assertThrows(IOException.class, () -> append(cache, 10, 1));
        cache.close();
        try (Cache next = open(disk.afterPowerCut(Survivors.none()))) {
            assertEquals(upTo(10), numbers(next));
        }
    }

    @Test
    @Tag("I1")
    void aFailedSyncIsFinalAndNothingOfItIsAnswered() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 5);
            disk.inject(Faults.loseSync(disk.syncs() + 1));
            assertThrows(IOException.class, () -> append(cache, 5, 5));
            disk.inject(Faults.NONE);
            assertThrows(IOException.class, () -> append(cache, 10, 5));
            assertNotNull(cache.failure());
        }
        try (Cache next = open(disk.afterPowerCut(Survivors.none()))) {
            assertEquals(upTo(5), numbers(next));
        }
    }

    @Test
    @Tag("I1")
    void bytesThatCanBeReadAndAreOnNoDiskAreCopiedBeforeTheyAreServed() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        Cache cache = open(disk);
        append(cache, 0, 5);
        disk.inject(Faults.loseSync(disk.syncs() + 1));
        assertThrows(IOException.class, () -> append(cache, 5, 5));
        cache.close();
        FaultyDisk found = disk.afterKill();
        List<Long> served;
        try (Cache next = open(found)) {
            served = numbers(next);
        }
        try (Cache last = open(found.afterPowerCut(Survivors.none()))) {
            assertEquals(served, numbers(last));
        }
    }

    @Test
    @Tag("I1")
    @Tag("I2")
    void aTornEndIsCutAndItsNumbersAreNotGivenAgain() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 5);
            append(cache, 5, 5);
        }
        long end = endOfFrames(disk);
        flip(disk, segment(disk), end - FRAME_ALIGNMENT);
        try (Cache next = open(disk)) {
            assertEquals(upTo(5), numbers(next));
            Appended appended = assertInstanceOf(Appended.class, append(next, 5, 1));
            assertTrue(appended.first().value() > 10);
        }
    }

    /** Where the zeros behind the frames begin. */
    private static long endOfFrames(FaultyDisk disk) throws IOException {
        try (DiskFile open = disk.read(segment(disk))) {
            ByteBuffer bytes = ByteBuffer.allocate((int) open.size());
            open.read(bytes, 0);
            int end = bytes.capacity() - FOOTER_BYTES;
            while (bytes.get(end - 1) == 0) {
                end--;
            }
            return (end + (long) FRAME_ALIGNMENT - 1) / FRAME_ALIGNMENT * FRAME_ALIGNMENT;
        }
    }

    @Test
    @Tag("I1")
    @Tag("I18")
    void aDamagedHeaderIsKnownFromWhatFollowsIt() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 5);
            append(cache, 5, 5);
            append(cache, 10, 5);
        }
        Path segment = segment(disk);
        // The segment's own header, and both halves of the first frame's.
        for (long offset = 0; offset < 4 * FRAME_ALIGNMENT; offset++) {
            FaultyDisk damaged = disk.afterKill();
            flip(damaged, segment, offset);
            try (Cache cache = open(damaged)) {
                assertEquals(upTo(15), numbers(cache), "byte " + offset);
                assertEquals(List.of(), cache.damages());
            }
        }
    }

    @Test
    @Timeout(30)
    @Tag("I1")
    @Tag("I13")
    void appendsThatWaitTogetherShareOneSync() throws Exception {
        int producers = 16;
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            append(cache, 0, 1);
            long before = disk.syncs();
            CountDownLatch firstSync = new CountDownLatch(1);
            CountDownLatch allWait = new CountDownLatch(1);
            disk.inject(call -> {
                if (call.operation().isSync() && firstSync.getCount() > 0) {
                    firstSync.countDown();
                    await(allWait);
                }
                return Fault.NONE;
            });
            List<Future<AppendOutcome>> answers = new ArrayList<>();
            answers.add(threads.submit(() -> append(cache, 1, 1)));
            await(firstSync);
            for (int i = 0; i < producers; i++) {
                int n = 2 + i;
                answers.add(threads.submit(() -> append(cache, n, 1)));
            }
            Awaitility.await().until(() -> cache.waitingAppends() == producers);
            allWait.countDown();
            for (Future<AppendOutcome> answer : answers) {
                assertInstanceOf(Appended.class, answer.get());
            }
            assertEquals(2, disk.syncs() - before);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Tag("I11")
    @Tag("I13")
    void aFullDiskRefusesAndComesBackByItself() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            disk.holdAtMost(SEGMENT_BYTES + 20_000);
            long rows = 0;
            AppendOutcome outcome = append(cache, rows, 100);
            while (outcome instanceof Appended) {
                rows += 100;
                outcome = append(cache, rows, 100);
            }
            assertInstanceOf(Full.class, outcome);
            assertEquals(upTo(rows), numbers(cache));
            disk.holdAtMost(Long.MAX_VALUE);
            assertInstanceOf(Appended.class, append(cache, rows, 100));
            assertEquals(upTo(rows + 100), numbers(cache));
        }
    }

    @Test
    @Tag("I13")
    void withoutMemoryNothingIsStoredAndTheNextAppendIsTaken() throws IOException {
        try (RootAllocator small = new RootAllocator(1 << 20);
                Cache cache = Cache.open(
                        new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, 1000, 1 << 20),
                        new DurableFiles(new FaultyDisk()),
                        small,
                        clock)) {
            try (RowBatch large = Rows.batch(Rows.proposal("logs"), memory, 0, 2000, "x".repeat(1000))) {
                assertInstanceOf(Busy.class, cache.append(large));
            }
            assertInstanceOf(Appended.class, append(cache, 0, 5));
            assertEquals(upTo(5), numbers(cache));
        }
    }

    @Test
    @Tag("I11")
    void aDiskThatIsFullBeforeTheFirstNumberIsReservedRefusesToo() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            disk.holdAtMost(SEGMENT_BYTES);
            assertInstanceOf(Full.class, append(cache, 0, 1));
            disk.holdAtMost(Long.MAX_VALUE);
            assertInstanceOf(Appended.class, append(cache, 0, 1));
            assertEquals(upTo(1), numbers(cache));
        }
    }

    @Test
    @Tag("I1")
    @Tag("I18")
    void aSegmentThatWasCutShortIsNeverTakenForATornEnd() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 5);
            append(cache, 5, 5);
        }
        try (DiskFile segment = disk.open(segment(disk))) {
            segment.truncate(segment.size() / 2);
            segment.sync();
        }
        assertThrows(CorruptDataException.class, () -> open(disk));
    }

    @Test
    @Tag("I6")
    @Tag("I15")
    void aFlippedByteInADataFileLosesNoRowUnseen() throws IOException {
        int rows = 500;
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, rows);
            cache.flush("logs");
        }
        Path file = disk.list(DIRECTORY.resolve("tables/logs/data")).getFirst();
        long size;
        try (DiskFile open = disk.read(file)) {
            size = open.size();
        }
        int refused = 0;
        for (long offset = 0; offset < size; offset += 3) {
            FaultyDisk damaged = disk.afterKill();
            flip(damaged, file, offset);
            try (Cache cache = open(damaged)) {
                List<Long> sequences = Rows.read(cache, WHOLE, Position.START).stream()
                        .map(Rows::sequence)
                        .toList();
                assertEquals(rows, sequences.size(), "byte " + offset + " of " + size);
            } catch (IOException | RuntimeException e) {
                refused++;
            }
        }
        assertTrue(refused > size / 10, refused + " of " + size / 3 + " refused");
    }

    @Test
    @Tag("I5")
    @Tag("I18")
    void metadataThatIsMissingOrMakesNoSenseIsDamageAndKeepsTheCacheShut() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 5);
            cache.flush("logs");
        }
        int looked = 0;
        for (Path file : disk.list(DIRECTORY.resolve("tables/logs/metadata"))) {
            String name = file.getFileName().toString();
            if (name.endsWith(".avro")) {
                FaultyDisk without = disk.afterKill();
                without.delete(file);
                assertThrows(CorruptDataException.class, () -> open(without), "without " + name);
                looked++;
            }
            if (name.endsWith(".avro") || name.equals("v2.metadata.json")) {
                FaultyDisk torn = disk.afterKill();
                try (DiskFile open = torn.open(file)) {
                    open.truncate(open.size() / 2);
                }
                assertThrows(CorruptDataException.class, () -> open(torn), "half of " + name);
                looked++;
            }
        }
        assertTrue(looked >= 5, "looked at " + looked);
    }

    @Test
    @Tag("I4")
    void nothingEverAppearsBelowAHorizonThatAReaderSaw() throws Exception {
        try (Cache cache = open(new FaultyDisk());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            append(cache, 0, 1);
            List<Future<?>> producers = new ArrayList<>();
            for (int producer = 0; producer < 4; producer++) {
                producers.add(threads.submit(() -> {
                    for (int i = 0; i < 50; i++) {
                        assertInstanceOf(Appended.class, append(cache, i, 3));
                    }
                    return null;
                }));
            }
            List<Rows> seen = List.of();
            while (!producers.stream().allMatch(Future::isDone)) {
                if (seen.size() % 7 == 0) {
                    cache.flush("logs");
                }
                List<Rows> now = Rows.read(cache, WHOLE, Position.START);
                assertEquals(seen, now.subList(0, seen.size()));
                seen = now;
            }
            for (Future<?> producer : producers) {
                producer.get();
            }
            assertEquals(1 + 4 * 50 * 3, Rows.read(cache, WHOLE, Position.START).size());
        }
    }

    @Test
    @Tag("I5")
    void aCrashBetweenTwoCommitsOfOneFlushDoublesNothing() throws IOException {
        boolean ended = false;
        for (int k = 1; !ended; k++) {
            FaultyDisk disk = new FaultyDisk();
            Cache cache = openFlushing(disk, 2);
            for (int n = 0; n < 8; n++) {
                append(cache, n, 1);
                if (n % 2 == 1) {
                    numbers(cache); // Who reads sees an end, so the flush takes two rows at a time.
                }
            }
            disk.inject(Faults.cutAt(disk.operations() + k));
            try {
                cache.flush("logs");
                ended = true;
            } catch (IOException | PowerCut dead) {
                assertTrue(disk.isCut());
            }
            closeDead(cache);
            try (Cache next = openFlushing(disk.afterPowerCut(Survivors.none()), 100)) {
                assertEquals(upTo(8), numbers(next));
                assertEquals(0, next.state("logs").conservationDelta());
                append(next, 8, 1);
                next.flush("logs");
                assertEquals(upTo(9), numbers(next));
                assertEquals(0, next.state("logs").conservationDelta());
            }
        }
    }

    private Cache openFlushing(FaultyDisk disk, int rows) throws IOException {
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, rows, 1 << 20),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private static void closeDead(Cache cache) {
        try {
            cache.close();
        } catch (IOException | PowerCut expected) {
            assertNotNull(expected);
        }
    }

    @Test
    @Tag("I1")
    @Tag("I18")
    @Tag("I16")
    void damageThatIsFoundWhenRowsAreReadIsPassedByForGood() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        List<Long> left = List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 9L);
        try (Cache cache = open(disk)) {
            for (int n = 0; n < 10; n++) {
                append(cache, n, 1);
            }
            Path segment = segment(disk);
            long value = endOfFrames(disk) - 4 * FRAME_ALIGNMENT + 20;
            flip(disk, segment, value);
            assertEquals(left, numbers(cache));
            Damage damage = cache.damages("logs").getFirst();
            assertEquals(new Sequence(9), damage.first());
            assertEquals(new Sequence(9), damage.last());
            assertEquals(Map.of("a", 1L), damage.partitions());
            assertTrue(disk.exists(DIRECTORY.resolve("quarantine").resolve(damage.name() + ".bytes")));
            flip(disk, segment, value); // Somebody may have passed it by.
            assertEquals(left, numbers(cache));
            assertEquals(1, cache.state("logs").damaged());
            assertEquals(0, cache.state("logs").conservationDelta());
        }
        for (FaultyDisk found : List.of(disk.afterKill(), disk.afterPowerCut(Survivors.none()))) {
            try (Cache next = open(found)) {
                assertEquals(left, numbers(next));
                assertEquals(9, next.flush("logs").rows());
                assertEquals(left, numbers(next));
                assertEquals(10, next.state("logs").accepted());
                assertEquals(0, next.state("logs").conservationDelta());
            }
        }
    }

    @Test
    @Tag("I5")
    @Tag("I16")
    void aFlushGoesOnWhenTheDiskHasLostAllThatItWouldTake() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 1);
            flip(disk, segment(disk), endOfFrames(disk) - FRAME_ALIGNMENT + 20);
            assertEquals(0, cache.flush("logs").rows());
            assertEquals(0, cache.unflushedRows("logs"));
            append(cache, 1, 2);
            assertEquals(2, cache.flush("logs").rows());
            assertEquals(List.of(1L, 2L), numbers(cache));
            assertEquals(1, cache.state("logs").damaged());
            assertEquals(0, cache.state("logs").conservationDelta());
        }
        try (Cache next = open(disk)) {
            assertEquals(List.of(1L, 2L), numbers(next));
            assertEquals(0, next.state("logs").conservationDelta());
            assertTrue(next.fence("logs").isEmpty());
        }
    }

    @Test
    @Tag("I5")
    @Tag("I15")
    void aCommitOfUnknownOutcomeIsSettledByLooking() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 10);
            cache.flush("logs");
            for (int round = 0; round < 40; round++) {
                append(cache, 10 + round, 1);
                disk.inject(Faults.at(disk.operations() + 1 + round, Fault.FAIL_AFTER));
                try {
                    cache.flush("logs");
                } catch (IOException unknown) {
                    assertEquals(upTo(11 + round), numbers(cache));
                }
                disk.inject(Faults.NONE);
                cache.flush("logs");
                assertEquals(upTo(11 + round), numbers(cache));
                assertEquals(0, cache.state("logs").conservationDelta());
            }
        }
    }
}
