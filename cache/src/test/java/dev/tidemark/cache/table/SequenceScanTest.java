// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.iceberg.Table;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Files as flushes and others write them, and what a scan makes of them. */
class SequenceScanTest {
    private static final Path LOCATION = Path.of("/tidemark/tables/logs");
    private static final Dataset NARROW = dataset(ColumnType.INT, ColumnType.FLOAT, ColumnType.decimal(9, 2));
    private static final Dataset WIDE = dataset(ColumnType.LONG, ColumnType.DOUBLE, ColumnType.decimal(30, 2));

    private final FaultyDisk disk = new FaultyDisk();
    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private static Dataset dataset(ColumnType whole, ColumnType real, ColumnType exact) {
        return new Dataset(
                "logs",
                1,
                List.of(
                        Column.inferred("whole", whole).withId(6),
                        Column.inferred("real", real).withId(7),
                        Column.inferred("exact", exact).withId(8)),
                null,
                null);
    }

    private FileIndex.Live file(long... sequences) throws IOException {
        return file(NARROW, sequences);
    }

    /** A file of a schema into which narrow rows are flushed. */
    private FileIndex.Live file(Dataset schema, long... sequences) throws IOException {
        Table table =
                new CacheTable(new DurableFiles(disk), "logs", LOCATION, ManualClock.started()).forWriting(NARROW);
        String name = "file-" + disk.list(LOCATION.resolve("data")).size() + ".parquet";
        DictionaryChoice dictionaries = new DictionaryChoice();
        try (RowBatch rows = RowBatch.readable(NARROW, memory);
                IntervalFile file = new IntervalFile(table, TableSchema.of(schema), name, dictionaries, 100)) {
            rows.vectors().allocateNew();
            for (int row = 0; row < sequences.length; row++) {
                ((BigIntVector) rows.vectors().getVector(RowBatch.SEQUENCE)).setSafe(row, sequences[row]);
                ((IntVector) rows.vectors().getVector("whole")).setSafe(row, -row);
                ((Float4Vector) rows.vectors().getVector("real")).setSafe(row, row / 2f);
                ((DecimalVector) rows.vectors().getVector("exact")).setSafe(row, new BigDecimal(row + ".25"));
            }
            rows.vectors().setRowCount(sequences.length);
            file.write(rows);
            return Objects.requireNonNull(FileIndex.Live.of(file.finish()));
        }
    }

    private SequenceScan scan(Dataset dataset, long since, long through, FileIndex.Live... files) {
        return new SequenceScan(
                new DiskFileIO(disk),
                RowOrder.BY_SEQUENCE,
                null,
                List.of(files),
                dataset,
                since,
                through,
                1000,
                1 << 20,
                memory);
    }

    private static List<Long> sequences(SequenceScan scan) throws IOException {
        List<Long> sequences = new ArrayList<>();
        for (RowBatch batch = scan.next(); batch != null; batch = scan.next()) {
            try (RowBatch rows = batch) {
                for (int row = 0; row < rows.rows(); row++) {
                    sequences.add(rows.sequence(row).value());
                }
            }
        }
        return sequences;
    }

    @Test
    void aColumnThatWasNarrowerIsWidened() throws IOException {
        try (SequenceScan scan = scan(WIDE, 0, 100, file(1, 2, 3));
                RowBatch rows = Objects.requireNonNull(scan.next())) {
            assertEquals(-2L, value(rows, "whole", 2));
            assertEquals(0.5, value(rows, "real", 1));
            assertEquals(new BigDecimal("2.25"), value(rows, "exact", 2));
            assertNull(scan.next());
        }
    }

    @Test
    @Tag("I6")
    void aViewThatIsOlderThanTheFileGetsItsRowsAsTheyWere() throws IOException {
        try (SequenceScan scan = scan(NARROW, 0, 100, file(WIDE, 1, 2, 3));
                RowBatch rows = Objects.requireNonNull(scan.next())) {
            assertEquals(-2, value(rows, "whole", 2));
            assertEquals(0.5f, value(rows, "real", 1));
            assertEquals(new BigDecimal("2.25"), value(rows, "exact", 2));
        }
    }

    private static @Nullable Object value(RowBatch rows, String column, int row) {
        return rows.vector(column).orElseThrow().getObject(row);
    }

    @Test
    @Tag("I6")
    void onlyWhatLiesBetweenTheTwoSequencesIsRead() throws IOException {
        FileIndex.Live first = file(LongStream.rangeClosed(1, 3000).toArray());
        FileIndex.Live second = file(LongStream.rangeClosed(5000, 8000).toArray());
        try (SequenceScan scan = scan(NARROW, 1234, 5678, first, second)) {
            assertEquals(
                    LongStream.concat(LongStream.rangeClosed(1235, 3000), LongStream.rangeClosed(5000, 5678))
                            .boxed()
                            .toList(),
                    sequences(scan));
        }
    }

    @Test
    @Tag("I2")
    @Tag("I6")
    void aMergedFileThatSpansTheLeapBetweenLivesIsFoundFromEverySideOfIt() throws IOException {
        long leap = 4096L * 3_600_000;
        long[] merged = {1, 2, 3, leap + 1, leap + 2, 5 * leap};
        long[] next = {5 * leap + 1, 9 * leap};
        List<FileIndex.Live> files = List.of(file(merged), file(next));
        assertEquals(1, files.getFirst().lower());
        assertEquals(5 * leap, files.getFirst().upper());
        TableView view = new TableView(
                new Sequence(9 * leap),
                new DiskFileIO(disk),
                new FileIndex(1, files, List.of(), 0, false),
                null,
                Adoptions.none(),
                Removals.none(),
                null,
                null);
        long[] all =
                LongStream.concat(LongStream.of(merged), LongStream.of(next)).toArray();
        long[] cuts = LongStream.concat(
                        LongStream.of(0, leap / 2, leap, 3 * leap, 7 * leap, 10 * leap), LongStream.of(all))
                .toArray();
        for (long since : cuts) {
            for (long through : cuts) {
                try (SequenceScan scan =
                        view.scan(NARROW, new Sequence(since), new Sequence(through), 1000, 1 << 20, memory)) {
                    assertEquals(
                            LongStream.of(all)
                                    .filter(each -> each > since && each <= through)
                                    .boxed()
                                    .toList(),
                            sequences(scan),
                            since + " to " + through);
                }
            }
        }
    }

    @Test
    @Tag("I6")
    void rowsThatDoNotAscendAreAnErrorAndNotPassedOver() throws IOException {
        try (SequenceScan scan = scan(NARROW, 0, 100, file(1, 3, 2))) {
            assertTrue(assertThrows(IOException.class, () -> sequences(scan))
                    .toString()
                    .contains("row 2 comes after row 3"));
        }
        try (SequenceScan scan = scan(NARROW, 0, 100, file(1, 5), file(4, 9))) {
            assertThrows(IOException.class, () -> sequences(scan));
        }
    }

    @Test
    void aDictionaryIsLeftOutWhereMostValuesDiffer() {
        DictionaryChoice choice = new DictionaryChoice();
        for (int i = 0; i < 200; i++) {
            try (RowBatch batch = Rows.batch(Rows.proposal("logs"), memory, i * 10L, 10, "a", "b")) {
                choice.look(batch);
            }
        }
        assertTrue(choice.hasSeenEnough());
        String property = "write.parquet.dict-encoding-enabled.column.";
        assertEquals(
                Set.of(property + "_ingest_seq", property + "n"),
                choice.settings().keySet());
    }
}
