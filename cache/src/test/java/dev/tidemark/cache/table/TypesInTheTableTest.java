// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every type of column, from vectors into a file of the table and back. */
class TypesInTheTableTest {
    private static final List<Column> COLUMNS = List.of(
            Column.inferred("flag", ColumnType.BOOLEAN),
            Column.inferred("small", ColumnType.INT),
            Column.inferred("big", ColumnType.LONG),
            Column.inferred("real", ColumnType.FLOAT),
            Column.inferred("wide_real", ColumnType.DOUBLE),
            Column.inferred("price", ColumnType.decimal(9, 2)),
            Column.inferred("sum", ColumnType.decimal(18, 4)),
            Column.inferred("huge", ColumnType.decimal(38, 0)),
            Column.inferred("odd", ColumnType.decimal(21, 3)),
            Column.inferred("text", ColumnType.STRING),
            Column.inferred("bytes", ColumnType.BINARY),
            Column.inferred("day", ColumnType.DATE),
            Column.inferred("at", ColumnType.TIMESTAMP),
            Column.inferred("tree", ColumnType.JSON),
            Column.inferred("never", ColumnType.STRING));
    private static final int ROWS = 5000;
    private static final int NULL_EVERY = 7;

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open() throws IOException {
        return Cache.open(
                new Cache.Options(directory, Sequence.NONE, 1 << 20, 1 << 20, 1 << 30),
                new DurableFiles(new LocalDisk()),
                memory,
                ManualClock.started());
    }

    /** One value of a column; null in every so many rows, in the column {@code never} always. */
    private static void set(FieldVector target, int row) {
        if (row % NULL_EVERY == 3 || target.getName().equals("never")) {
            target.setNull(row);
            return;
        }
        boolean negative = row % 2 == 0;
        switch (target) {
            case BitVector vector -> vector.setSafe(row, row % 3 == 0 ? 1 : 0);
            case IntVector vector -> vector.setSafe(row, row * 7919 - 1_000_000);
            case BigIntVector vector -> vector.setSafe(row, (negative ? -1L : 1L) * row * 1_000_000_007L);
            case Float4Vector vector -> vector.setSafe(row, row == 4 ? Float.NaN : row / 3f - 100);
            case Float8Vector vector -> vector.setSafe(row, row == 5 ? Double.NaN : row / 7d);
            case DecimalVector vector -> vector.setSafe(row, decimal(vector, row, negative));
            case VarCharVector vector ->
                vector.setSafe(row, ("wärme-" + row % (row < 2500 ? 13 : ROWS)).getBytes(StandardCharsets.UTF_8));
            case VarBinaryVector vector -> vector.setSafe(row, new byte[] {(byte) row, 0, (byte) 0xFF});
            case DateDayVector vector -> vector.setSafe(row, row - 2000);
            case TimeStampMicroTZVector vector -> vector.setSafe(row, row * 1_000_001L - 5_000_000_000L);
            default -> throw new AssertionError(target.getClass());
        }
    }

    private static BigDecimal decimal(DecimalVector vector, int row, boolean negative) {
        BigInteger most = BigInteger.TEN.pow(vector.getPrecision()).subtract(BigInteger.valueOf(row + 1L));
        return new BigDecimal(negative ? most.negate() : most, vector.getScale());
    }

    private RowBatch batch(Dataset dataset, int from, int rows) {
        VectorSchemaRoot root = VectorSchemaRoot.create(
                new Schema(COLUMNS.stream().map(Column::field).toList()), memory);
        root.allocateNew();
        for (FieldVector vector : root.getFieldVectors()) {
            try (FieldVector all = vector.getField().createVector(memory)) {
                all.allocateNew();
                for (int row = 0; row < from + rows; row++) {
                    set(all, row);
                }
                for (int row = 0; row < rows; row++) {
                    vector.copyFromSafe(from + row, row, all);
                }
            }
        }
        root.setRowCount(rows);
        return new RowBatch(dataset, root);
    }

    private void append(Cache cache, int from, int rows) throws IOException {
        Dataset dataset = cache.dataset("all").orElse(new Dataset("all", 0, COLUMNS, null, null));
        try (RowBatch batch = batch(dataset, from, rows)) {
            assertInstanceOf(AppendOutcome.Appended.class, cache.append(batch));
        }
    }

    /** Every value of every row, in the order of reading. */
    private static List<List<@Nullable Object>> read(Cache cache, int batchRows, long batchBytes) throws IOException {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        ReadRequest request = ReadRequest.since(cache.continuation(Scope.whole("all"), Position.START))
                .inBatchesOf(batchRows)
                .inBatchesOfBytes(batchBytes);
        try (RowStream stream = cache.readRowsSince(request)) {
            for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                try (RowBatch closing = batch) {
                    for (int row = 0; row < closing.rows(); row++) {
                        List<@Nullable Object> values = new ArrayList<>();
                        for (FieldVector vector : closing.vectors().getFieldVectors()) {
                            Object value = vector.getObject(row);
                            values.add(value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : value);
                        }
                        rows.add(values);
                    }
                }
            }
        }
        return rows;
    }

    @Test
    @Tag("I6")
    void everyTypeComesBackFromTheTableAsItWasInTheSpool() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 1000);
            append(cache, 1000, ROWS - 1000);
            List<List<@Nullable Object>> fromSpool = read(cache, 8192, 4 << 20);
            assertEquals(ROWS, fromSpool.size());
            cache.flush("all");
            assertEquals(fromSpool, read(cache, 8192, 4 << 20));
            assertEquals(fromSpool, read(cache, 100, 4 << 20));
            assertEquals(fromSpool, read(cache, 8192, 10_000));
        }
    }

    @Test
    void theManifestHasTheBoundsAndTheCountsOfEveryColumn() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, ROWS);
            cache.flush("all");
            Path location = cache.state("all").location();
            Table table = new BaseTable(new LocalTableOperations(new DurableFiles(new LocalDisk()), location), "all");
            DataFile file = onlyFile(table);
            assertEquals(ROWS, file.recordCount());
            int nulls = Math.ceilDiv(ROWS - 3, NULL_EVERY);
            Map<Integer, Long> nullCounts = known(file.nullValueCounts());
            for (Types.NestedField field : table.schema().columns()) {
                long expected = field.name().equals("never")
                                || field.name().startsWith("_legacy")
                                || field.name().startsWith("_origin")
                        ? ROWS
                        : field.name().startsWith("_") ? 0 : nulls;
                assertEquals(expected, nullCounts.get(field.fieldId()), field.name());
                assertEquals(ROWS, known(file.valueCounts()).get(field.fieldId()), field.name());
            }
            assertEquals(List.of(1L, (long) ROWS), bounds(table, file, "_ingest_seq"));
            assertEquals(List.of(-1_000_000, 4999 * 7919 - 1_000_000), bounds(table, file, "small"));
            assertEquals(List.of(-4998 * 1_000_000_007L, 4999 * 1_000_000_007L), bounds(table, file, "big"));
            assertEquals(List.of(-100f, 4999 / 3f - 100), bounds(table, file, "real"));
            assertEquals(List.of(0d, 4999 / 7d), bounds(table, file, "wide_real"));
            assertEquals(
                    1L,
                    known(file.nanValueCounts())
                            .get(table.schema().findField("real").fieldId()));
            assertEquals(
                    List.of(new BigDecimal("-9999999.99"), new BigDecimal("9999999.98")), bounds(table, file, "price"));
            assertEquals(
                    List.of(
                            new BigDecimal(BigInteger.ONE.subtract(BigInteger.TEN.pow(38))),
                            new BigDecimal(BigInteger.TEN.pow(38).subtract(BigInteger.TWO))),
                    bounds(table, file, "huge"));
            assertEquals(List.of(-2000, 2999), bounds(table, file, "day"));
            assertEquals(List.of(-5_000_000_000L, 4999 * 1_000_001L - 5_000_000_000L), bounds(table, file, "at"));
            assertEquals(List.of("wärme-0", "wärme-9"), bounds(table, file, "text"));
        }
    }

    private static <T> T known(@Nullable T value) {
        return Objects.requireNonNull(value);
    }

    private static DataFile onlyFile(Table table) throws IOException {
        try (CloseableIterable<FileScanTask> tasks =
                table.newScan().includeColumnStats().planFiles()) {
            List<DataFile> files = new ArrayList<>();
            tasks.forEach(task -> files.add(task.file()));
            assertEquals(1, files.size());
            return files.getFirst();
        }
    }

    private static List<Object> bounds(Table table, DataFile file, String column) {
        Types.NestedField field = table.schema().findField(column);
        return List.of(value(field, known(file.lowerBounds())), value(field, known(file.upperBounds())));
    }

    private static Object value(Types.NestedField field, Map<Integer, ByteBuffer> bounds) {
        Object value = Conversions.fromByteBuffer(field.type(), bounds.get(field.fieldId()));
        return value instanceof CharSequence text ? text.toString() : known(value);
    }
}
