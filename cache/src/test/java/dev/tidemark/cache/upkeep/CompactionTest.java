// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RetentionRule.OverQuota;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepOrder.Mode;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.cache.UpkeepReport.Compacted;
import dev.tidemark.cache.UpkeepReport.Outcome;
import dev.tidemark.cache.Verification;
import dev.tidemark.cache.adoption.Sources;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.table.ForeignEngine;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.LeavesDamage;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Small files become one, and nobody who reads can tell. */
class CompactionTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final Path LOCATION = DIRECTORY.resolve("tables/logs");
    private static final Scope WHOLE = Scope.whole("logs");
    private static final RetentionRule KEEP =
            new RetentionRule(null, Long.MAX_VALUE, null, Duration.ZERO, OverQuota.REFUSE);
    private static final int MIN_FILES = 4;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();
    private final FaultyDisk disk = new FaultyDisk();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open() throws IOException {
        clock.advance(Duration.ofMillis(1));
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private void flushed(Cache cache, int files) throws IOException {
        for (int file = 0; file < files; file++) {
            long from =
                    cache.dataset("logs").isEmpty() ? 0 : cache.state("logs").accepted();
            Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
            try (RowBatch batch = Rows.batch(dataset, memory, from, 5 + file, "a", "b")) {
                assertInstanceOf(AppendOutcome.Appended.class, cache.append(batch));
            }
            cache.flush("logs");
        }
    }

    private static UpkeepReport upkeep(Cache cache, Mode mode) throws IOException {
        return cache.upkeep(new UpkeepOrder(
                "logs",
                KEEP,
                RowHolds.Keeper.NOBODY,
                new UpkeepLimits(Duration.ofSeconds(30), 1 << 20, 2 << 20, MIN_FILES),
                mode));
    }

    private static Compacted compact(Cache cache) throws IOException {
        return upkeep(cache, Mode.RUN).compaction();
    }

    private static List<Rows> rows(Cache cache) throws IOException {
        return Rows.read(cache, WHOLE, Position.START);
    }

    private static void assertWhole(Cache cache) throws IOException {
        assertEquals(0, cache.state("logs").conservationDelta());
        Verification verification = cache.verify();
        assertTrue(verification.isOk(), () -> verification.checks().toString());
    }

    /** A value that a file has once, in its dictionary, is in the memory once for each row. */
    @Test
    @Tag("I13")
    void aMergeOfLargeRowsStaysWithinItsMemory(@TempDir Path directory) throws IOException, AdoptionRefusedException {
        Dataset large = new Dataset("logs", 0, List.of(Rows.WHO, Rows.N), null, null);
        try (Cache cache = onDisk(directory, memory)) {
            for (int file = 0; file < MIN_FILES; file++) {
                Path source =
                        Sources.plain(directory.resolve(file + ".parquet"), file * 200L, 200, "x".repeat(200 << 10));
                cache.adopt(new AdoptRequest(
                        cache.dataset("logs").orElse(large),
                        List.of(source),
                        Adoption.Reach.SINKS,
                        (path, rows) -> {}));
            }
        }
        try (RootAllocator little = new RootAllocator(8 << 20);
                Cache cache = onDisk(directory, little)) {
            UpkeepReport report = upkeep(cache, Mode.RUN);

            assertEquals(Outcome.COMPACTED, report.compaction().outcome(), report.toString());
        }
    }

    private Cache onDisk(Path directory, RootAllocator memory) throws IOException {
        return Cache.open(
                new Cache.Options(directory.resolve("data"), Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(new LocalDisk()),
                memory,
                clock);
    }

    @Test
    @Tag("I12")
    @Tag("I5")
    void smallFilesBecomeOneWithTheSameRowsAndThenThereIsNothingToDo() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, 6);
            List<Rows> before = rows(cache);
            Sequence through = cache.state("logs").flushedThrough();
            assertEquals(new Compacted(Outcome.COMPACTED, 6, 1, before.size()), compact(cache));
            assertEquals(before, rows(cache));
            assertEquals(1, cache.state("logs").files());
            assertEquals(through, cache.state("logs").flushedThrough());
            assertEquals(Compacted.NOTHING, compact(cache));
            assertEquals(Compacted.NOTHING, compact(cache));
            flushed(cache, 2);
            assertEquals(before, rows(cache).subList(0, before.size()));
            assertWhole(cache);
        }
        try (Cache cache = open()) {
            assertEquals(3, cache.state("logs").files());
            assertWhole(cache);
            flushed(cache, 4);
            List<Rows> before = rows(cache);
            assertEquals(Outcome.COMPACTED, compact(cache).outcome());
            assertEquals(before, rows(cache));
            assertWhole(cache);
        }
    }

    @Test
    @Tag("I12")
    void fewFilesAreLetBe() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, MIN_FILES - 1);
            assertEquals(Compacted.NOTHING, compact(cache));
            assertEquals(MIN_FILES - 1, cache.state("logs").files());
        }
    }

    @Test
    @Tag("I12")
    void aDryRunTellsWhatItWouldMergeAndDoesNot() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, 5);
            List<Rows> before = rows(cache);
            UpkeepReport foreseen = upkeep(cache, Mode.DRY_RUN);
            assertEquals(new Compacted(Outcome.COMPACTED, 5, 1, before.size()), foreseen.compaction());
            assertTrue(foreseen.why().getFirst().startsWith("would merge 5 files"), foreseen.why()::toString);
            assertEquals(5, cache.state("logs").files());
            assertEquals(foreseen.compaction(), compact(cache));
        }
    }

    @Test
    @Tag("I6")
    @Tag("I12")
    void aReaderThatBeganBeforeEndsOnTheFilesItFound() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, 6);
            List<Rows> before = rows(cache);
            List<Long> seen = new ArrayList<>();
            try (RowStream stream = cache.readRowsSince(
                    ReadRequest.since(cache.continuation(WHOLE, Position.START)).inBatchesOf(4))) {
                add(Objects.requireNonNull(stream.next()), seen);
                assertEquals(Outcome.COMPACTED, compact(cache).outcome());
                for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                    add(batch, seen);
                }
            }
            assertEquals(before.stream().map(Rows::sequence).toList(), seen);
        }
    }

    private static void add(RowBatch batch, List<Long> seen) {
        try (batch) {
            for (int row = 0; row < batch.rows(); row++) {
                seen.add(batch.sequence(row).value());
            }
        }
    }

    @Test
    @Tag("I12")
    void whatAnotherEngineWroteIsLetBe() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, 3);
            ForeignEngine foreign = new ForeignEngine(disk, LOCATION);
            Set<String> ours = foreign.files();
            foreign.rewrite(1);
            Set<String> theirs = foreign.files();
            theirs.removeAll(ours);
            assertEquals(Compacted.NOTHING, compact(cache));
            flushed(cache, 4);
            List<Rows> before = rows(cache);
            assertEquals(Outcome.COMPACTED, compact(cache).outcome());
            assertEquals(before, rows(cache));
            assertTrue(foreign.files().containsAll(theirs));
            assertWhole(cache);
        }
    }

    @Test
    @Tag("I12")
    @Tag("I15")
    void whoeverIsQuickerWinsAndItBeginsAnew() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, 6);
            List<Rows> before = rows(cache);
            AtomicInteger races = new AtomicInteger(1);
            disk.interpose(DiskOperation.LINK, path -> path.startsWith(LOCATION), () -> {
                if (races.getAndDecrement() > 0) {
                    rewriteElsewhere();
                }
            });
            UpkeepReport report = upkeep(cache, Mode.RUN);
            disk.interpose(DiskOperation.LINK, path -> false, () -> {});
            assertTrue(report.why().toString().contains("somebody else was quicker"), report.why()::toString);
            assertEquals(before, rows(cache));
            assertWhole(cache);
        }
    }

    private void rewriteElsewhere() {
        try {
            new ForeignEngine(disk, LOCATION).rewrite(0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Tag("I12")
    @Tag("I15")
    void aCommitWhoseAnswerIsLostIsLookedFor() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, 6);
            List<Rows> before = rows(cache);
            AtomicInteger links = new AtomicInteger();
            disk.inject(call -> call.operation() == DiskOperation.LINK && links.getAndIncrement() == 0
                    ? Fault.FAIL_AFTER
                    : Fault.NONE);
            Compacted compacted = compact(cache);
            disk.inject(Faults.NONE);
            assertEquals(before, rows(cache));
            assertEquals(Outcome.COMPACTED, compacted.outcome());
            assertWhole(cache);
        }
    }

    @Test
    @Tag("I12")
    @LeavesDamage("rows that another engine deleted are in no book")
    void rowsThatAreDeletedInPlaceAreNotWritten() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, 6);
            List<Rows> all = rows(cache);
            long last = all.getLast().sequence();
            new ForeignEngine(disk, LOCATION).deleteRows(Set.of(2L, 3L, 9L, last));
            List<Rows> left = rows(cache);
            assertEquals(all.size() - 4, left.size());
            assertEquals(new Compacted(Outcome.COMPACTED, 6, 1, left.size()), compact(cache));
            assertEquals(left, rows(cache));
            assertEquals(Compacted.NOTHING, compact(cache));
            new ForeignEngine(disk, LOCATION).expire();
            assertEquals(Optional.empty(), cache.fence("logs"));
            flushed(cache, 1);
            assertEquals(left, rows(cache).subList(0, left.size()));
        }
    }

    @Test
    @Timeout(30)
    @Tag("I12")
    @Tag("I13")
    void rowsAreTakenFlushedAndReadWhileFilesAreMerged() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, 6);
            AtomicInteger beside = new AtomicInteger();
            disk.interpose(DiskOperation.LINK, path -> path.startsWith(LOCATION), () -> {
                FutureTask<Integer> others = new FutureTask<>(() -> appendAndRead(cache));
                Thread.ofPlatform().start(others);
                try {
                    beside.set(others.get(10, TimeUnit.SECONDS));
                } catch (Exception e) {
                    throw new AssertionError("they waited for the merge", e);
                }
            });
            long before = cache.state("logs").accepted();
            assertEquals(Outcome.COMPACTED, compact(cache).outcome());
            assertEquals(before + 3, beside.get());
            assertEquals(before + 3, rows(cache).size());
            flushed(cache, 1);
            assertWhole(cache);
        }
    }

    private int appendAndRead(Cache cache) throws IOException {
        Dataset dataset = cache.dataset("logs").orElseThrow();
        try (RowBatch batch = Rows.batch(dataset, memory, cache.state("logs").accepted(), 3, "a")) {
            assertInstanceOf(AppendOutcome.Appended.class, cache.append(batch));
        }
        return rows(cache).size();
    }
}
