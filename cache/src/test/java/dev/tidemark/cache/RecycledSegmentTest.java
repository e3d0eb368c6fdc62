// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A file that was one segment becomes another, and nothing of the one is ever taken for the other's. */
class RecycledSegmentTest {
    private static final Path HOME = Path.of("/host");
    private static final Path DIRECTORY = HOME.resolve("tidemark");
    private static final Path SPOOL = DIRECTORY.resolve("spool");
    private static final int SEGMENT_BYTES = 8192;
    private static final long OLD = 100_000;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk disk, RoomLimits room) throws IOException {
        clock.advance(Duration.ofSeconds(1));
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, 1000, 1 << 20, room),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private Cache open(FaultyDisk disk) throws IOException {
        return open(disk, RoomLimits.NONE);
    }

    private AppendOutcome append(Cache cache, long from, int rows) throws IOException {
        Dataset seen = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(seen, memory, from, rows, "eu")) {
            return cache.append(batch);
        }
    }

    private static List<Long> numbers(Cache cache) throws IOException {
        return Rows.read(cache, Scope.whole("logs"), Position.START).stream()
                .map(Rows::n)
                .toList();
    }

    private static List<Path> spares(FaultyDisk disk) throws IOException {
        return disk.list(SPOOL).stream()
                .filter(file -> file.toString().endsWith(".spare"))
                .toList();
    }

    private static long segments(FaultyDisk disk) throws IOException {
        return disk.list(SPOOL).stream()
                .filter(file -> file.toString().endsWith(".spool"))
                .count();
    }

    /** Leaves files that are full of frames which a table has; the rows' numbers. */
    private List<Long> emptySegments(Cache cache) throws IOException {
        List<Long> old = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            assertInstanceOf(Appended.class, append(cache, OLD + i * 10L, 10));
            LongStream.range(OLD + i * 10L, OLD + i * 10L + 10).forEach(old::add);
        }
        cache.flush("logs");
        return old;
    }

    @Test
    @Tag("I1")
    @Tag("I17")
    void aGhostFrameBehindACutInARecycledSegmentIsNobodysRow() throws IOException {
        for (int before = 0; before < 12; before++) {
            FaultyDisk disk = new FaultyDisk();
            Cache cache = open(disk);
            List<Long> rows = new ArrayList<>(emptySegments(cache));
            int spare = spares(disk).size();
            assertTrue(spare > 0);
            for (int i = 0; i < 30 + before; i++) {
                assertInstanceOf(Appended.class, append(cache, i, 1)); // Frames of other lengths than the old ones.
                rows.add((long) i);
            }
            assertTrue(spares(disk).size() < spare, "the segments that follow are made of them");
            disk.inject(call -> call.operation() == DiskOperation.SYNC ? Fault.CUT : Fault.NONE);
            assertThrows(IOException.class, () -> append(cache, 5000, 30));
            cache.close();
            for (int seed = 0; seed < 20; seed++) {
                requireRows(disk.afterPowerCut(Survivors.random(seed)), rows, "seed " + seed + " of " + before);
            }
            requireRows(disk.afterKill(), rows, "killed");
        }
    }

    private void requireRows(FaultyDisk found, List<Long> acknowledged, String what) throws IOException {
        List<Long> whole = new ArrayList<>(acknowledged);
        LongStream.range(5000, 5030).forEach(whole::add);
        try (Cache next = open(found)) {
            List<Long> there = numbers(next);
            assertTrue(there.equals(acknowledged) || there.equals(whole), what + ": " + there);
            assertEquals(List.of(), next.damages(), what);
            assertInstanceOf(Appended.class, append(next, 9000, 1));
            assertEquals(there.size() + 1, numbers(next).size(), what);
        }
    }

    @Test
    @Tag("I1")
    @Tag("I17")
    void aCrashAtEachStepOfRecyclingLosesNothing() throws IOException {
        int steps = 0;
        boolean crashed = true;
        while (crashed) {
            FaultyDisk disk = new FaultyDisk();
            List<Long> rows = new ArrayList<>();
            Cache cache = open(disk);
            rows.addAll(emptySegments(cache));
            disk.inject(Faults.cutAt(disk.operations() + 1 + steps));
            crashed = goOn(cache, rows);
            closeDead(cache, disk);
            if (crashed) {
                steps++;
                for (Survivors survivors : List.of(Survivors.none(), Survivors.random(steps))) {
                    try (Cache next = open(disk.afterPowerCut(survivors))) {
                        List<Long> there = numbers(next);
                        assertEquals(rows, there.subList(0, Math.min(rows.size(), there.size())), "step " + steps);
                        assertTrue(there.size() <= rows.size() + 10, "step " + steps);
                        assertEquals(List.of(), next.damages(), "step " + steps);
                    }
                }
            }
        }
        assertTrue(steps > 100, "steps: " + steps);
    }

    private static void closeDead(Cache cache, FaultyDisk disk) {
        try {
            cache.close();
        } catch (IOException | RuntimeException | Error dead) {
            assertTrue(disk.isCut());
        }
    }

    /** Goes on until segments were made of spare files and emptied again; whether the process died. */
    private boolean goOn(Cache cache, List<Long> rows) {
        try {
            for (int i = 0; i < 30; i++) {
                assertInstanceOf(Appended.class, append(cache, i * 10L, 10));
                LongStream.range(i * 10L, i * 10L + 10).forEach(rows::add);
            }
            cache.flush("logs");
            return false;
        } catch (IOException | RuntimeException | Error dead) {
            if (dead instanceof AssertionError wrong) {
                throw wrong;
            }
            return true;
        }
    }

    @Test
    @Tag("I14")
    @Tag("I17")
    void aFileThatCannotBeDeletedKeepsNoOtherOnTheDisk() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            for (int i = 0; i < 200; i++) {
                append(cache, i * 10L, 10);
            }
            long before = segments(disk);
            boolean[] hit = {false};
            disk.inject(call -> {
                boolean leaves = call.operation() == DiskOperation.RENAME || call.operation() == DiskOperation.DELETE;
                boolean first = !hit[0] && leaves && call.path().toString().contains(".spool");
                hit[0] |= first;
                return first ? Fault.FAIL_BEFORE : Fault.NONE;
            });
            cache.flush("logs");
            assertTrue(hit[0], before + " " + disk.list(SPOOL));
            assertTrue(segments(disk) <= 2, before + " and then " + disk.list(SPOOL));
            assertTrue(before > 5, "segments: " + before);
        }
        try (Cache cache = open(disk)) {
            assertEquals(2000, numbers(cache).size());
        }
    }

    @Test
    @Tag("I17")
    void aFileThatABackupHasTooIsNeverWrittenToAgain() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        Path copy = HOME.resolve("copy");
        List<Long> rows;
        try (Cache cache = open(disk)) {
            for (int i = 0; i < 60; i++) {
                append(cache, i * 10L, 10);
            }
            rows = numbers(cache);
            cache.backup(copy, (directory, target, copies) -> {});
            cache.flush("logs");
            assertTrue(spares(disk).size() <= 1, "only the one that was being written has a single name");
            for (int i = 0; i < 100; i++) {
                append(cache, OLD + i * 10L, 10);
            }
        }
        disk.rename(DIRECTORY, HOME.resolve("lost"));
        disk.rename(copy, DIRECTORY);
        Recovery.of(DIRECTORY, new DurableFiles(disk)).restored(() -> {}, clock.instant());
        try (Cache restored = open(disk)) {
            assertEquals(rows, numbers(restored));
            assertTrue(restored.verify().isOk(), restored.verify().toString());
        }
    }

    @Test
    @Tag("I13")
    void spareFilesCountAndGoWhereRoomIsScarce() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk, new RoomLimits(12L * SEGMENT_BYTES, SEGMENT_BYTES, 0))) {
            emptySegments(cache);
            int spare = spares(disk).size();
            assertTrue(spare > 1 && spare <= 4, "spare files: " + spare);
            assertEquals((1L + spare) * SEGMENT_BYTES, cache.spoolBytes());
            disk.leaveRoomFor(SEGMENT_BYTES / 2);
            assertNull(cache.room().refusing());
            assertEquals(List.of(), spares(disk));
            assertInstanceOf(Appended.class, append(cache, 0, 1));
            disk.leaveRoomFor(0);
            assertInstanceOf(Full.class, append(cache, 1, 1));
        }
        assertFalse(disk.list(SPOOL).stream().anyMatch(file -> file.toString().endsWith(".spare")));
    }
}
