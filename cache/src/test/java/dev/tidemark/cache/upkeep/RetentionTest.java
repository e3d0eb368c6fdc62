// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.DatasetState;
import dev.tidemark.cache.FencedException;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RetentionRule.OverQuota;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.cache.adoption.Sources;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.files.PassingDisk;
import dev.tidemark.cache.table.ForeignEngine;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is old leaves, what somebody holds stays, and the books say so, on the real disk. */
class RetentionTest {
    private static final Scope WHOLE = Scope.whole("logs");
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final UpkeepLimits LIMITS = new UpkeepLimits(Duration.ofSeconds(30), 1, 1, 8);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final RetentionRule AN_HOUR =
            new RetentionRule(HOUR, Long.MAX_VALUE, null, Duration.ZERO, OverQuota.REFUSE);
    private static final Column TS = Column.inferred("ts", ColumnType.TIMESTAMP);

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = new ManualClock(NOON);

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open() throws IOException {
        return open(new LocalDisk());
    }

    private Cache open(Disk disk) throws IOException {
        return Cache.open(
                new Cache.Options(directory, Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(disk),
                memory,
                clock);
    }

    /** Rows with {@code n} counting up, in a file of their own; each says that it happened then, or nothing of it. */
    private void file(Cache cache, long from, int rows, @Nullable Instant happened, String... who) throws IOException {
        Dataset dataset =
                cache.dataset("logs").orElse(new Dataset("logs", 0, List.of(Rows.WHO, Rows.N, TS), "who", "ts"));
        VectorSchemaRoot root =
                VectorSchemaRoot.create(new Schema(List.of(Rows.N.field(), Rows.WHO.field(), TS.field())), memory);
        root.allocateNew();
        for (int row = 0; row < rows; row++) {
            ((BigIntVector) root.getVector("n")).setSafe(row, from + row);
            ((VarCharVector) root.getVector("who"))
                    .setSafe(row, who[row % who.length].getBytes(StandardCharsets.UTF_8));
            if (happened != null) {
                ((TimeStampMicroTZVector) root.getVector("ts"))
                        .setSafe(row, ChronoUnit.MICROS.between(Instant.EPOCH, happened));
            }
        }
        root.setRowCount(rows);
        try (RowBatch batch = new RowBatch(dataset, root)) {
            assertInstanceOf(Appended.class, cache.append(batch));
        }
        cache.flush("logs");
    }

    private static UpkeepReport upkeep(Cache cache, RetentionRule rule, RowHolds holds) throws IOException {
        return upkeep(cache, rule, holds, UpkeepOrder.Mode.RUN);
    }

    private static UpkeepReport upkeep(Cache cache, RetentionRule rule, RowHolds holds, UpkeepOrder.Mode mode)
            throws IOException {
        RowHolds.Keeper keeper = new RowHolds.Keeper() {
            @Override
            public <T> T keeping(RetentionRule kept, RowHolds.Removing<T> removing) throws IOException {
                return removing.run(holds);
            }
        };
        return cache.upkeep(new UpkeepOrder("logs", rule, keeper, LIMITS, mode));
    }

    private static RowHolds after(Map<String, Long> marks) {
        return partition -> {
            Long mark = marks.get(partition.name());
            return mark == null
                    ? new RowHolds.Hold(RowHolds.END, List.of())
                    : new RowHolds.Hold(Position.after(new Sequence(mark)), List.of("archive"));
        };
    }

    private static List<Long> numbers(Cache cache) throws IOException {
        return Rows.read(cache, WHOLE, Position.START).stream().map(Rows::n).toList();
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    private static void requireBalance(Cache cache, long removed) throws IOException {
        DatasetState state = cache.state("logs");
        assertEquals(0, state.conservationDelta());
        assertEquals(removed, state.removed());
        assertEquals(
                List.of(),
                cache.verify().checks().stream().filter(check -> !check.ok()).toList());
    }

    @Test
    @Tag("I11")
    @Tag("I16")
    void whatIsOldLeavesAndIsCountedAlsoAfterARestart() throws IOException {
        try (Cache cache = open()) {
            file(cache, 0, 10, null, "a", "b");
            clock.advance(HOUR);
            file(cache, 10, 10, null, "a", "b");

            UpkeepReport report = upkeep(cache, AN_HOUR, RowHolds.NONE);

            assertEquals(10, report.retention().removedRows());
            assertEquals(range(10, 20), numbers(cache));
            assertEquals(new Sequence(11), cache.state("logs").min());
            assertEquals(new Sequence(10), cache.removedThrough("logs"));
            requireBalance(cache, 10);
        }
        try (Cache cache = open()) {
            assertEquals(range(10, 20), numbers(cache));
            requireBalance(cache, 10);
            clock.advance(HOUR);
            upkeep(cache, AN_HOUR, RowHolds.NONE);
            assertEquals(List.of(), numbers(cache));
            requireBalance(cache, 20);
            file(cache, 20, 5, null, "a");
            assertEquals(range(20, 25), numbers(cache));
            requireBalance(cache, 20);
        }
    }

    @Test
    @Tag("I15")
    @Tag("I16")
    void aRemovalThatCannotBeReadBackIsFound() throws IOException {
        UnreadableOnce disk = new UnreadableOnce(new LocalDisk());
        try (Cache cache = open(disk)) {
            file(cache, 0, 10, null, "a");
            clock.advance(HOUR);
            file(cache, 10, 10, null, "a");
            disk.armed.set(true);

            UpkeepReport report = upkeep(cache, AN_HOUR, RowHolds.NONE);

            assertFalse(disk.armed.get());
            assertEquals(10, report.retention().removedRows());
            assertEquals(range(10, 20), numbers(cache));
            requireBalance(cache, 10);
        }
    }

    @Test
    @Tag("I15")
    @Tag("I16")
    void aRemovalOfWhichNobodyKnowsIsCountedOnce() throws IOException {
        Unsynced disk = new Unsynced(new LocalDisk());
        try (Cache cache = open(disk)) {
            file(cache, 0, 10, null, "a");
            clock.advance(HOUR);
            file(cache, 10, 10, null, "a");
            disk.linked = false;
            disk.armed = true;

            assertThrows(IOException.class, () -> upkeep(cache, AN_HOUR, RowHolds.NONE));
            disk.armed = false;
            assertEquals(0, cache.state("logs").conservationDelta());

            assertEquals(0, upkeep(cache, AN_HOUR, RowHolds.NONE).retention().removedRows());
            assertEquals(range(10, 20), numbers(cache));
            requireBalance(cache, 10);
        }
        try (Cache cache = open()) {
            assertEquals(range(10, 20), numbers(cache));
            requireBalance(cache, 10);
        }
    }

    /** On which a commit's link is there, and nobody can tell that it is on disk. */
    private static final class Unsynced extends PassingDisk {
        private boolean armed;
        private boolean linked;

        Unsynced(Disk disk) {
            super(disk);
        }

        @Override
        protected DiskFile written(DiskFile file) {
            return file;
        }

        @Override
        public void link(Path existing, Path second) throws IOException {
            super.link(existing, second);
            linked = true;
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            if (armed && linked && directory.endsWith("metadata")) {
                throw new IOException("Input/output error");
            }
            super.syncDirectory(directory);
        }
    }

    @Test
    @Tag("I11")
    @Tag("I16")
    void aFileThatCannotBeReadIsPassedOverAndTold() throws IOException {
        RowHolds half = after(Map.of("a", 100L, "b", 10L));
        try (Cache cache = open()) {
            for (int each = 0; each < 3; each++) {
                file(cache, each * 10L, 10, null, "a", "b");
            }
            clock.advance(HOUR);
            Path sick = dataFiles().get(1);
            byte[] whole = Files.readAllBytes(sick);
            Files.write(sick, new byte[whole.length]);

            UpkeepReport report = upkeep(cache, AN_HOUR, half);

            assertEquals(15, report.retention().removedRows());
            assertEquals(15, report.retention().heldRows());
            assertEquals(1, report.failures().size());
            assertTrue(report.failures().getFirst().contains(sick.toString()), report.toString());
            assertEquals(new Sequence(11), cache.state("logs").min());
            assertEquals(0, cache.state("logs").conservationDelta());

            upkeep(cache, AN_HOUR, half);
            Files.write(sick, whole);
            assertEquals(List.of(), upkeep(cache, AN_HOUR, half).failures());
            assertEquals(List.of(11L, 13L, 15L, 17L, 19L, 21L, 23L, 25L, 27L, 29L), numbers(cache));
            requireBalance(cache, 20);
        }
    }

    @Test
    @Tag("I5")
    @Tag("I16")
    void nobodyPassesOverRowsThatAFenceKeeps() throws IOException {
        List<Sequence> passed = new ArrayList<>();
        RowHolds notWaitedFor = new RowHolds() {
            @Override
            public Hold on(Partition partition) {
                return new Hold(END, List.of());
            }

            @Override
            public Hold lacking(Partition partition) {
                return new Hold(Position.START, List.of("slow"));
            }

            @Override
            public void passOver(String dataset, Sequence through, Passing who) {
                passed.add(through);
            }
        };
        try (Cache cache = open()) {
            file(cache, 0, 10, null, "a");
            file(cache, 10, 10, null, "a");
            clock.advance(HOUR);
            ForeignEngine foreign = new ForeignEngine(new LocalDisk(), directory.resolve("tables/logs"));
            long newest = Objects.requireNonNull(foreign.rollBack());

            assertThrows(FencedException.class, () -> upkeep(cache, AN_HOUR, notWaitedFor));
            assertEquals(List.of(), passed);

            foreign.rollForward(newest);
            assertEquals(20, upkeep(cache, AN_HOUR, notWaitedFor).retention().removedRows());
            assertTrue(passed.contains(new Sequence(20)), passed.toString());
        }
    }

    /** On which the next metadata that is read cannot be. */
    private static final class UnreadableOnce extends PassingDisk {
        private final AtomicBoolean armed = new AtomicBoolean();

        UnreadableOnce(Disk disk) {
            super(disk);
        }

        @Override
        protected DiskFile written(DiskFile file) {
            return file;
        }

        @Override
        public DiskFile read(Path file) throws IOException {
            if (file.toString().endsWith(".metadata.json") && armed.compareAndSet(true, false)) {
                throw new IOException("Input/output error");
            }
            return super.read(file);
        }
    }

    @Test
    @Tag("I11")
    void aRowIsAsOldAsItsEventUnlessThatIsLaterThanItCame() throws IOException {
        RetentionRule rule = new RetentionRule(HOUR, Long.MAX_VALUE, null, Duration.ofMinutes(10), OverQuota.REFUSE);
        try (Cache cache = open()) {
            file(cache, 0, 10, NOON.minus(Duration.ofDays(400)), "a");
            file(cache, 10, 10, NOON.plus(Duration.ofDays(400)), "a");

            assertEquals(0, upkeep(cache, rule, RowHolds.NONE).retention().removedRows());
            clock.advance(Duration.ofMinutes(10));
            assertEquals(10, upkeep(cache, rule, RowHolds.NONE).retention().removedRows());
            assertEquals(range(10, 20), numbers(cache));
            clock.advance(HOUR);
            assertEquals(10, upkeep(cache, rule, RowHolds.NONE).retention().removedRows());
            requireBalance(cache, 20);
        }
    }

    @Test
    @Tag("I11")
    void whatSomebodyHoldsStaysAndIsTold() throws IOException {
        try (Cache cache = open()) {
            file(cache, 0, 10, null, "a", "b");
            file(cache, 10, 10, null, "a", "b");
            clock.advance(HOUR);

            UpkeepReport report = upkeep(cache, AN_HOUR, after(Map.of("a", 20L, "b", 10L)));

            assertEquals(15, report.retention().removedRows());
            assertEquals(5, report.retention().heldRows());
            assertEquals(List.of("archive"), report.retention().heldBy());
            assertEquals(List.of(11L, 13L, 15L, 17L, 19L), numbers(cache));
            assertEquals(new Sequence(12), cache.state("logs").min());
            requireBalance(cache, 15);

            upkeep(cache, AN_HOUR, after(Map.of("a", 20L, "b", 14L)));
            assertEquals(List.of(15L, 17L, 19L), numbers(cache));
            assertEquals(new Sequence(16), cache.state("logs").min());
            requireBalance(cache, 17);

            upkeep(cache, AN_HOUR, after(Map.of("a", 20L, "b", 20L)));
            assertEquals(List.of(), numbers(cache));
            requireBalance(cache, 20);
        }
    }

    @Test
    @Tag("I11")
    void aDryRunSaysWhatItWouldDoAndDoesNothing() throws IOException {
        try (Cache cache = open()) {
            file(cache, 0, 10, null, "a");
            clock.advance(HOUR);

            UpkeepReport report = upkeep(cache, AN_HOUR, RowHolds.NONE, UpkeepOrder.Mode.DRY_RUN);

            assertEquals(10, report.retention().removedRows());
            assertEquals(List.of("10 rows are older than PT1H"), report.why());
            assertEquals(range(0, 10), numbers(cache));
            requireBalance(cache, 0);
        }
    }

    @Test
    @Tag("I11")
    @Tag("I13")
    void aboveTheQuotaTheOldestGoThatNobodyHolds() throws IOException {
        try (Cache cache = open()) {
            for (int each = 0; each < 4; each++) {
                file(cache, each * 100L, 100, null, each == 1 ? "b" : "a");
            }
            long half = cache.state("logs").bytes() / 2;
            RetentionRule rule = new RetentionRule(null, half, null, Duration.ZERO, OverQuota.REFUSE);

            UpkeepReport report = upkeep(cache, rule, after(Map.of("a", 1000L, "b", 100L)));

            assertEquals(200, report.retention().removedRows());
            assertEquals(100, report.retention().heldRows());
            assertTrue(numbers(cache).containsAll(range(100, 200)));
            assertTrue(cache.state("logs").bytes() <= half);
            requireBalance(cache, 200);
        }
    }

    @Test
    @Tag("I11")
    @Tag("I16")
    void legacyRowsAreAsOldAsTheirAdoption() throws IOException, AdoptionRefusedException {
        Path source = directory.resolve("old.parquet");
        Sources.plain(source, 0, 10, "a");
        try (Cache cache = open()) {
            cache.adopt(new AdoptRequest(
                    Dataset.unwritten("logs"), List.of(source), Adoption.Reach.SINKS, (path, rows) -> {}));
            clock.advance(HOUR.minusSeconds(1));
            assertEquals(0, upkeep(cache, AN_HOUR, RowHolds.NONE).retention().removedRows());
            clock.advance(Duration.ofSeconds(1));
            assertEquals(
                    10,
                    upkeep(cache, AN_HOUR, partition -> new RowHolds.Hold(Position.START, List.of("archive")))
                            .retention()
                            .heldRows());

            assertEquals(10, upkeep(cache, AN_HOUR, RowHolds.NONE).retention().removedRows());

            assertEquals(List.of(), numbers(cache));
            assertEquals(0, cache.state("logs").conservationDelta());
        }
        try (Cache cache = open()) {
            assertEquals(List.of(), numbers(cache));
            assertEquals(0, cache.state("logs").conservationDelta());
        }
    }

    @Test
    @Tag("I17")
    void aFileThatNoMetadataNamesGoesAfterItsGraceThoughNobodyElseCommits() throws IOException {
        clock.set(Instant.now()); // Files and commits are dated by the clock of the host.
        try (Cache cache = open()) {
            file(cache, 0, 10, null, "a");
            Path removed = dataFiles().getFirst();
            clock.advance(HOUR);
            assertEquals(10, upkeep(cache, AN_HOUR, RowHolds.NONE).retention().removedRows());
            clock.advance(HOUR);
            for (int each = 0; each < 12; each++) {
                file(cache, 10 + each, 1, null, "a");
            }
            int runs = 0;
            while (Files.exists(removed)) {
                upkeep(cache, AN_HOUR, RowHolds.NONE);
                runs++;
                assertTrue(runs < 300, "the file is there for ever");
            }
            assertTrue(runs > 80, "runs: " + runs);
            assertEquals(range(10, 22), numbers(cache));
            assertEquals(12, dataFiles().size());
            requireBalance(cache, 10);
        }
    }

    private List<Path> dataFiles() throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve("tables/logs/data"))) {
            return all.filter(file -> file.toString().endsWith(".parquet"))
                    .sorted()
                    .toList();
        }
    }
}
