// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Outdated;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Columns that become wider while rows come, are flushed and are read. */
class WideningTest {
    private static final long LARGE = 3_000_000_000L;
    private static final double FINE = 0.1;

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(int flushRows) throws IOException {
        return Cache.open(
                new Cache.Options(directory, Sequence.NONE, 1 << 16, flushRows, 1 << 20),
                new DurableFiles(new LocalDisk()),
                memory,
                ManualClock.started());
    }

    private static Dataset narrow() {
        return new Dataset(
                "wide",
                0,
                List.of(Column.inferred("n", ColumnType.INT), Column.inferred("x", ColumnType.FLOAT)),
                null,
                null);
    }

    private static Dataset widened(Dataset dataset) {
        List<Column> columns = List.of(
                dataset.columns().get(0).widenedTo(ColumnType.LONG),
                dataset.columns().get(1).widenedTo(ColumnType.DOUBLE));
        return new Dataset(dataset.name(), dataset.version(), columns, null, null);
    }

    /** A row with a value, one without, and one more; of numbers that only a wide column takes where there is one. */
    private AppendOutcome append(Cache cache, Dataset dataset) throws IOException {
        VectorSchemaRoot root = VectorSchemaRoot.create(
                new Schema(dataset.columns().stream().map(Column::field).toList()), memory);
        root.allocateNew();
        for (FieldVector vector : root.getFieldVectors()) {
            for (int row = 0; row < 3; row += 2) {
                switch (vector) {
                    case IntVector ints -> ints.setSafe(row, row - 1);
                    case BigIntVector longs -> longs.setSafe(row, LARGE + row);
                    case Float4Vector floats -> floats.setSafe(row, row / 4f);
                    case Float8Vector doubles -> doubles.setSafe(row, FINE + row);
                    default -> throw new AssertionError(vector);
                }
            }
        }
        root.setRowCount(3);
        try (RowBatch batch = new RowBatch(dataset, root)) {
            return cache.append(batch);
        }
    }

    private static List<String> read(Cache cache) throws IOException {
        List<String> seen = new ArrayList<>();
        try (RowStream stream =
                cache.readRowsSince(ReadRequest.since(cache.continuation(Scope.whole("wide"), Position.START)))) {
            for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                try (RowBatch rows = batch) {
                    for (int row = 0; row < rows.rows(); row++) {
                        Object n = rows.vector("n").orElseThrow().getObject(row);
                        Object x = rows.vector("x").orElseThrow().getObject(row);
                        seen.add(n + " " + x);
                    }
                }
            }
        }
        return seen;
    }

    private static List<String> narrowRows() {
        return List.of("-1 0.0", "null null", "1 0.5");
    }

    private static List<String> allRows() {
        List<String> rows = new ArrayList<>(narrowRows());
        rows.add(LARGE + " " + FINE);
        rows.add("null null");
        rows.add((LARGE + 2) + " " + (FINE + 2));
        return rows;
    }

    private static List<ColumnType> types(Cache cache) {
        return cache.dataset("wide").orElseThrow().columns().stream()
                .map(Column::type)
                .toList();
    }

    private void appendBoth(Cache cache) throws IOException {
        assertInstanceOf(Appended.class, append(cache, narrow()));
        assertEquals(narrowRows(), read(cache));
        assertInstanceOf(
                Appended.class, append(cache, widened(cache.dataset("wide").orElseThrow())));
    }

    @Test
    @Tag("I6")
    void framesThatWereNarrowerAreReadAndFlushedWide() throws IOException {
        try (Cache cache = open(1000)) {
            appendBoth(cache);
            assertEquals(List.of(ColumnType.LONG, ColumnType.DOUBLE), types(cache));
            assertEquals(allRows(), read(cache));
            assertEquals(1, cache.flush("wide").files());
            assertEquals(allRows(), read(cache));
        }
    }

    @Test
    @Tag("I5")
    @Tag("I6")
    void aFileThatWasNarrowerIsReadWideAfterTheTableEvolved() throws IOException {
        try (Cache cache = open(1)) {
            assertInstanceOf(Appended.class, append(cache, narrow()));
            cache.flush("wide");
            assertInstanceOf(
                    Appended.class, append(cache, widened(cache.dataset("wide").orElseThrow())));
            assertEquals(allRows(), read(cache));
            assertEquals(2, cache.flush("wide").files());
            assertEquals(allRows(), read(cache));
        }
        try (Cache again = open(1)) {
            assertEquals(List.of(ColumnType.LONG, ColumnType.DOUBLE), types(again));
            assertEquals(allRows(), read(again));
            assertInstanceOf(Appended.class, append(again, again.dataset("wide").orElseThrow()));
            again.flush("wide");
            assertEquals(9, read(again).size());
        }
    }

    @Test
    @Tag("I1")
    void aWideningIsInTheLogBeforeTheRowsThatNeedIt() throws IOException {
        try (Cache cache = open(1000)) {
            appendBoth(cache);
        }
        try (Cache again = open(1000)) {
            assertEquals(List.of(ColumnType.LONG, ColumnType.DOUBLE), types(again));
            assertEquals(allRows(), read(again));
        }
    }

    @Test
    void nothingBecomesNarrowerAgain() throws IOException {
        try (Cache cache = open(1000)) {
            appendBoth(cache);
            Dataset wide = cache.dataset("wide").orElseThrow();
            List<Column> columns = List.of(
                    Column.inferred("n", ColumnType.INT).withId(6),
                    wide.columns().get(1));
            Dataset back = new Dataset("wide", wide.version(), columns, null, null);
            assertThrows(IllegalArgumentException.class, () -> append(cache, back));
            assertEquals(allRows(), read(cache));
        }
    }

    @Test
    void rowsThatWereMadeBeforeTheWideningAreAskedForAnew() throws IOException {
        try (Cache cache = open(1000)) {
            append(cache, narrow());
            Dataset before = cache.dataset("wide").orElseThrow();
            append(cache, widened(before));
            assertInstanceOf(Outdated.class, append(cache, before));
        }
    }
}
