// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RetentionRule.OverQuota;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.cache.UpkeepReport.Outcome;
import dev.tidemark.cache.Verification;
import dev.tidemark.cache.adoption.Sources;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.table.GenericRows;
import dev.tidemark.cache.testing.LeavesDamage;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables of all kinds of files, of several lives, schemas and engines: Iceberg's own reader finds the same rows with the same
 * lineage in them, whatever was merged.
 */
@LeavesDamage("rows that another engine deleted are in no book")
class CompactionPropertyTest {
    private static final int SEEDS = 8;
    private static final RetentionRule KEEP =
            new RetentionRule(null, Long.MAX_VALUE, null, Duration.ZERO, OverQuota.REFUSE);

    @TempDir
    private Path directory;

    private final LocalDisk disk = new LocalDisk();
    private final ManualClock clock = ManualClock.started();
    private final RootAllocator memory = new RootAllocator();
    private int merged;

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    @Test
    @Tag("I12")
    @Tag("I5")
    void rowsAndTheirLineageAreTheSameBeforeAndAfter() throws Exception {
        Seeds.each(SEEDS, this::run);
        assertTrue(merged > 1, () -> merged + " tables were merged");
    }

    private void run(long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        Path data = directory.resolve("data-" + seed);
        Path sources = Files.createDirectory(directory.resolve("sources-" + seed));
        Path location = data.resolve("tables/logs");
        int schema = 0;
        for (int life = 0; life < 3; life++) {
            clock.advance(Duration.ofMillis(1 + random.nextInt(5000)));
            try (Cache cache = open(data)) {
                for (int i = 0; i < 6; i++) {
                    schema = Math.max(schema, random.nextInt(1 + life * 2));
                    append(cache, schema, 1 + random.nextInt(300), random);
                    if (random.nextInt(4) == 0) {
                        continue; // The next flush has both, or the next life has.
                    }
                    cache.flush("logs");
                    if (random.nextInt(3) == 0) {
                        adopt(cache, sources.resolve(life + "-" + i), random);
                    }
                }
                cache.flush("logs");
                if (random.nextBoolean()) {
                    deleteSome(location, random);
                }
                SortedMap<Long, String> before =
                        GenericRows.read(disk, location).rows();
                int files = cache.state("logs").files();
                UpkeepReport report = compact(cache, limits(random));
                merged += report.compaction().filesIn() > 1 ? 1 : 0;
                assertNotEquals(Outcome.ERROR, report.compaction().outcome(), report.why()::toString);
                assertEquals(before, GenericRows.read(disk, location).rows());
                assertTrue(cache.state("logs").files() <= files);
                assertEquals(before.size(), cache.state("logs").inTable());
                Verification verification = cache.verify();
                assertTrue(
                        verification.checks().stream()
                                .allMatch(check -> check.ok() || check.rule().equals("I16")),
                        verification.checks()::toString);
            }
        }
    }

    private Cache open(Path data) throws Exception {
        return Cache.open(
                new Cache.Options(data, Sequence.NONE, 1 << 16, 400, 1 << 20), new DurableFiles(disk), memory, clock);
    }

    private static UpkeepLimits limits(SplittableRandom random) {
        long small = 4000L << random.nextInt(6);
        return new UpkeepLimits(Duration.ofMinutes(10), small, small * 2, 2 + random.nextInt(4));
    }

    /** Until there is nothing left that is worth it; then another run finds nothing. */
    private static UpkeepReport compact(Cache cache, UpkeepLimits limits) throws Exception {
        UpkeepOrder order = new UpkeepOrder("logs", KEEP, RowHolds.Keeper.NOBODY, limits, UpkeepOrder.Mode.RUN);
        UpkeepReport first = cache.upkeep(order);
        assertEquals(Outcome.NOTHING_TO_DO, cache.upkeep(order).compaction().outcome());
        return first;
    }

    private void append(Cache cache, int schema, int rows, SplittableRandom random) throws Exception {
        Dataset known = cache.dataset("logs").orElse(new Dataset("logs", 0, List.of(), null, null));
        List<Column> columns = new ArrayList<>(known.columns());
        if (columns.isEmpty()) {
            columns.add(Column.inferred("n", ColumnType.INT));
            columns.add(Column.inferred("text", ColumnType.STRING));
        }
        if (schema >= 1 && columns.getFirst().type().equals(ColumnType.INT)) {
            columns.set(0, columns.getFirst().widenedTo(ColumnType.LONG));
        }
        if (schema >= 2 && columns.stream().noneMatch(column -> column.name().equals("more"))) {
            columns.add(Column.inferred("more", ColumnType.LONG));
        }
        Dataset proposal = new Dataset("logs", known.version(), columns, null, null);
        VectorSchemaRoot root = VectorSchemaRoot.create(
                new Schema(columns.stream().map(Column::field).toList()), memory);
        root.allocateNew();
        for (FieldVector vector : root.getFieldVectors()) {
            for (int row = 0; row < rows; row++) {
                if (random.nextInt(5) > 0) {
                    switch (vector) {
                        case IntVector ints -> ints.setSafe(row, random.nextInt());
                        case BigIntVector longs -> longs.setSafe(row, random.nextLong());
                        case VarCharVector texts ->
                            texts.setSafe(row, "x".repeat(random.nextInt(40)).getBytes(StandardCharsets.UTF_8));
                        default -> throw new AssertionError(vector);
                    }
                }
            }
        }
        root.setRowCount(rows);
        try (RowBatch batch = new RowBatch(proposal, root)) {
            assertInstanceOf(AppendOutcome.Appended.class, cache.append(batch));
        }
    }

    private static void adopt(Cache cache, Path file, SplittableRandom random) throws Exception {
        Dataset dataset = cache.dataset("logs").orElseThrow();
        if (dataset.columns().getFirst().type().equals(ColumnType.LONG)) {
            long first = random.nextLong(1L << 40);
            Sources.plain(file, first, 1 + random.nextInt(200), "a", "b");
            cache.adopt(new AdoptRequest(dataset, List.of(file), Adoption.Reach.SINKS, (path, rows) -> {}));
        }
    }

    private void deleteSome(Path location, SplittableRandom random) throws Exception {
        GenericRows all = GenericRows.read(disk, location);
        int every = 2 + random.nextInt(20);
        List<Long> some = all.rows().keySet().stream()
                .filter(place -> random.nextInt(every) == 0)
                .toList();
        if (!some.isEmpty()) {
            all.delete(some);
        }
    }
}
