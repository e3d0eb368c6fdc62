// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.adoption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.table.ForeignEngine;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.LeavesDamage;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An adoption of which nobody knows whether it is on disk, and many of them after the last flush. */
class UnsettledAdoptionTest {
    private static final Path DIRECTORY = Path.of("/cache");
    private static final Path METADATA = DIRECTORY.resolve("tables/logs/metadata");

    private static final RetentionRule EVERYTHING =
            new RetentionRule(null, Long.MAX_VALUE, null, Duration.ZERO, RetentionRule.OverQuota.REFUSE);
    private static final UpkeepLimits LIMITS = new UpkeepLimits(Duration.ofSeconds(30), 1, 1, 8);

    @TempDir
    private Path made;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk disk) throws IOException {
        clock.advance(Duration.ofMillis(1));
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private void flushOneRow(Cache cache, long n) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, n, 1, "a")) {
            assertInstanceOf(Appended.class, cache.append(batch));
        }
        cache.flush("logs");
    }

    private Path source(FaultyDisk disk, long from, int rows) throws IOException {
        Path file = Sources.plain(made.resolve(from + ".parquet"), from, rows, "a");
        Path target = Path.of("/sources").resolve(file.getFileName());
        disk.createDirectories(Path.of("/sources"));
        try (DiskFile source = disk.create(target)) {
            source.write(ByteBuffer.wrap(Files.readAllBytes(file)), 0);
        }
        return target;
    }

    private static void adopt(Cache cache, Path source) throws IOException, AdoptionRefusedException {
        cache.adopt(new AdoptRequest(
                cache.dataset("logs").orElseThrow(), List.of(source), Adoption.Reach.SINKS, (path, rows) -> {}));
    }

    private static List<Long> read(Cache cache, Position since) throws IOException {
        List<Long> numbers = new ArrayList<>();
        try (RowStream stream =
                cache.readRowsSince(ReadRequest.since(cache.continuation(Scope.whole("logs"), since)))) {
            for (RowBatch next = stream.next(); next != null; next = stream.next()) {
                try (RowBatch rows = next) {
                    for (int row = 0; row < rows.rows(); row++) {
                        numbers.add((Long) rows.vector("n").orElseThrow().getObject(row));
                    }
                }
            }
        }
        return numbers;
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    /** From the next link on, the directory of the metadata cannot be synced. */
    private static void unsynced(FaultyDisk disk) {
        boolean[] linked = {false};
        disk.inject(call -> {
            linked[0] |= call.operation() == DiskOperation.LINK && call.path().startsWith(METADATA);
            boolean hit = linked[0]
                    && call.operation() == DiskOperation.SYNC_DIRECTORY
                    && call.path().equals(METADATA);
            return hit ? Fault.LOSE : Fault.NONE;
        });
    }

    @Test
    @Tag("I6")
    @Tag("I15")
    void nobodyPassesOrdinalsThatMayBeOnNoDisk() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        Cache cache = open(disk);
        flushOneRow(cache, 0);
        Path first = source(disk, 100, 10);
        unsynced(disk);
        assertThrows(IOException.class, () -> adopt(cache, first));

        assertEquals(List.of(0L), read(cache, Position.START));
        assertEquals(0, cache.legacyHead("logs"));
        assertEquals(0, cache.state("logs").conservationDelta());

        FaultyDisk rebooted = disk.afterPowerCut(Survivors.none());
        try (Cache next = open(rebooted)) {
            adopt(next, source(rebooted, 200, 10));
            assertEquals(range(200, 210), read(next, new Position(0, 1)));
        }
        disk.inject(Faults.NONE);
        cache.close();
    }

    /** The next commit gets its name, but a failure is told, and there is no commit after it. */
    private static void named(FaultyDisk disk) {
        boolean[] linked = {false};
        disk.inject(call -> {
            if (call.operation() != DiskOperation.LINK || !call.path().startsWith(METADATA)) {
                return Fault.NONE;
            }
            Fault fault = linked[0] ? Fault.FAIL_BEFORE : Fault.FAIL_AFTER;
            linked[0] = true;
            return fault;
        });
    }

    @Test
    @Tag("I6")
    @Tag("I15")
    void nobodyPassesOrdinalsOfACommitWhoseNameFailedAndIsThere() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            flushOneRow(cache, 0);
            Path first = source(disk, 100, 10);
            named(disk);
            assertThrows(IOException.class, () -> adopt(cache, first));

            assertEquals(List.of(0L), read(cache, Position.START));
            assertEquals(0, cache.legacyHead("logs"));
            disk.inject(Faults.NONE);

            assertThrows(AdoptionRefusedException.class, () -> adopt(cache, first));
            assertEquals(range(100, 110), read(cache, new Position(0, 1)));
            assertEquals(0, cache.state("logs").conservationDelta());
        }
    }

    @Test
    @Tag("I6")
    @Tag("I15")
    void onceAnotherCommitSucceedsTheRowsAreThere() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            flushOneRow(cache, 0);
            Path first = source(disk, 100, 10);
            unsynced(disk);
            assertThrows(IOException.class, () -> adopt(cache, first));
            disk.inject(Faults.NONE);

            AdoptionRefusedException again = assertThrows(AdoptionRefusedException.class, () -> adopt(cache, first));
            assertTrue(String.valueOf(again.getMessage()).contains("its rows are there"), again.toString());
            assertEquals(range(100, 110), read(cache, new Position(0, 1)));
            assertEquals(0, cache.state("logs").conservationDelta());
        }
        try (Cache cache = open(disk.afterPowerCut(Survivors.none()))) {
            assertEquals(range(100, 110), read(cache, new Position(0, 1)));
        }
    }

    @Test
    @Tag("I6")
    @Tag("I14")
    void aTableThatCannotBeWrittenKeepsNoCacheShutAndShowsNoUnprovenAdoption() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        Cache killed = open(disk);
        flushOneRow(killed, 0);
        Path first = source(disk, 100, 10);
        unsynced(disk);
        assertThrows(IOException.class, () -> adopt(killed, first));
        FaultyDisk started = disk.afterKill();
        disk.inject(Faults.NONE);
        killed.close();

        started.inject(call -> call.operation().isSync() && call.path().startsWith(METADATA) ? Fault.LOSE : Fault.NONE);
        try (Cache next = open(started)) {
            assertEquals(List.of(0L), read(next, Position.START));
            assertEquals(0, next.legacyHead("logs"));
            assertEquals(0, next.state("logs").conservationDelta());
            assertThrows(IOException.class, () -> flushOneRow(next, 1));
            assertEquals(List.of(0L, 1L), read(next, Position.START));

            started.inject(Faults.NONE);
            next.flush("logs");
            assertEquals(12, read(next, Position.START).size());
            assertEquals(12, next.state("logs").inTable());
            assertEquals(0, next.state("logs").conservationDelta());
        }
    }

    @Test
    @Tag("I5")
    @LeavesDamage("rows that another engine deleted are in no book")
    void adoptionsAfterWhichTheLastFlushHasExpiredFenceNothing() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            flushOneRow(cache, 0);
            flushOneRow(cache, 1);
            new ForeignEngine(disk, DIRECTORY.resolve("tables/logs")).deleteNewestFile();
            for (int each = 1; each <= 12; each++) {
                adopt(cache, source(disk, each * 100L, 10));
                cache.upkeep(new UpkeepOrder("logs", EVERYTHING, RowHolds.Keeper.NOBODY, LIMITS, UpkeepOrder.Mode.RUN));
                assertEquals(Optional.empty(), cache.fence("logs"), "after " + each + " adoptions");
            }
            flushOneRow(cache, 2);
        }
    }
}
