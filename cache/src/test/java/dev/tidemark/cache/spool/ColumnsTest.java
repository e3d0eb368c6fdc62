// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.testing.Seeds;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values as they are in a frame. */
class ColumnsTest {
    private static final List<ColumnType> TYPES = List.of(
            ColumnType.BOOLEAN,
            ColumnType.INT,
            ColumnType.LONG,
            ColumnType.FLOAT,
            ColumnType.DOUBLE,
            ColumnType.decimal(38, 4),
            ColumnType.STRING,
            ColumnType.BINARY,
            ColumnType.DATE,
            ColumnType.TIMESTAMP,
            ColumnType.JSON);

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    /** A column of each type, and one that the batch leaves out. */
    private static Dataset dataset() {
        List<Column> columns = new ArrayList<>();
        TYPES.forEach(
                type -> columns.add(Column.inferred("c" + columns.size(), type).withId(columns.size() + 6)));
        columns.add(Column.inferred("absent", ColumnType.STRING).withId(columns.size() + 6));
        return new Dataset("all", 1, columns, null, null);
    }

    private RowBatch batch(int rows, int nullsOfTen, SplittableRandom random) {
        List<FieldVector> vectors = new ArrayList<>();
        for (Column column : dataset().columns().subList(0, TYPES.size())) {
            FieldVector vector = column.field().createVector(memory);
            vector.setInitialCapacity(rows);
            vector.allocateNew();
            for (int row = 0; row < rows; row++) {
                if (random.nextInt(10) >= nullsOfTen) {
                    set(vector, row, random);
                }
            }
            vector.setValueCount(rows);
            vectors.add(vector);
        }
        return new RowBatch(dataset(), new VectorSchemaRoot(vectors));
    }

    private static void set(FieldVector vector, int row, SplittableRandom random) {
        byte[] text = "é".repeat(random.nextInt(3) * random.nextInt(90)).getBytes(StandardCharsets.UTF_8);
        switch (vector) {
            case BitVector bits -> bits.setSafe(row, random.nextInt(2));
            case IntVector ints -> ints.setSafe(row, random.nextInt());
            case BigIntVector longs -> longs.setSafe(row, random.nextLong());
            case Float4Vector floats -> floats.setSafe(row, (float) random.nextDouble());
            case Float8Vector doubles -> doubles.setSafe(row, random.nextDouble());
            case DecimalVector decimals ->
                decimals.setSafe(
                        row,
                        new BigDecimal(BigInteger.valueOf(random.nextLong()).pow(2), 4));
            case VarCharVector texts -> texts.setSafe(row, text);
            case VarBinaryVector binaries -> binaries.setSafe(row, text);
            case DateDayVector dates -> dates.setSafe(row, random.nextInt());
            case TimeStampMicroTZVector times -> times.setSafe(row, random.nextLong());
            default -> throw new AssertionError(vector);
        }
    }

    private static List<Object> values(FieldVector vector) {
        return IntStream.range(0, vector.getValueCount())
                .mapToObj(row -> {
                    Object value = vector.getObject(row);
                    return value instanceof byte[] bytes
                            ? Arrays.toString(bytes)
                            : Objects.requireNonNullElse(value, "null");
                })
                .toList();
    }

    @Test
    void everyTypeComesBackWithEveryShareOfNulls() throws Exception {
        Seeds.each(20, seed -> comesBack(new SplittableRandom(seed)));
    }

    private void comesBack(SplittableRandom random) {
        for (int rows : new int[] {1, 7, 8, 9, 200}) {
            for (int nullsOfTen = 0; nullsOfTen <= 10; nullsOfTen += 2) {
                try (RowBatch batch = batch(rows, nullsOfTen, random)) {
                    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(Columns.bytesMax(batch)));
                    Columns.write(batch, bytes);
                    List<Column> wanted = dataset().columns().stream()
                            .filter(column -> random.nextInt(3) > 0)
                            .toList();
                    List<FieldVector> read = Columns.read(dataset().columns(), wanted, rows, bytes.flip(), memory);
                    assertEquals(
                            wanted.stream().map(Column::name).toList(),
                            read.stream().map(FieldVector::getName).toList());
                    for (FieldVector vector : read) {
                        List<Object> expected = batch.vector(vector.getName())
                                .map(ColumnsTest::values)
                                .orElseGet(() -> IntStream.range(0, rows)
                                        .mapToObj(row -> (Object) "null")
                                        .toList());
                        assertEquals(expected, values(vector), vector.getField().toString());
                    }
                    assertEquals(0, bytes.remaining());
                    read.forEach(FieldVector::close);
                }
            }
        }
    }

    @Test
    void bytesThatEndTooSoonAreRefusedAndNothingLeaks() {
        try (RowBatch batch = batch(20, 3, new SplittableRandom(7))) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(Columns.bytesMax(batch)));
            Columns.write(batch, bytes);
            bytes.flip();
            for (int end = 0; end < bytes.limit(); end += 13) {
                ByteBuffer cut = bytes.slice(0, end);
                assertThrows(
                        RuntimeException.class,
                        () -> Columns.read(dataset().columns(), dataset().columns(), 20, cut, memory));
            }
        }
    }

    @Test
    void rowsAreCountedByTheNameOfTheirPartitionInTheOrderOfTheFirst() {
        try (RowBatch batch = Rows.batch(Rows.proposal("logs"), memory, 0, 9, "b", "", "a/b", "b")) {
            ((VarCharVector) batch.vectors().getVector("who")).setNull(8);
            assertEquals(
                    List.of(
                            new PartitionRun("b", 4, 7),
                            new PartitionRun("_empty", 2, 5),
                            new PartitionRun("a%2Fb", 2, 6),
                            new PartitionRun("_null", 1, 8)),
                    PartitionRun.of(batch));
        }
    }

    @Test
    void aPartitionColumnMayBeAnyTypeThatItMayBe() {
        for (int column : new int[] {0, 1, 2, 6, 8}) {
            try (RowBatch all = batch(50, 2, new SplittableRandom(column))) {
                Dataset by = new Dataset("all", 1, dataset().columns(), "c" + column, null);
                RowBatch batch = new RowBatch(by, all.vectors());
                List<PartitionRun> runs = PartitionRun.of(batch);
                assertEquals(50, runs.stream().mapToInt(PartitionRun::rows).sum());
                for (PartitionRun run : runs) {
                    assertEquals(run.name(), batch.partitionName(run.lastRow()));
                }
                assertEquals(
                        runs.size(),
                        runs.stream().map(PartitionRun::name).distinct().count());
            }
        }
    }

    @Test
    void withoutAPartitionColumnOrItsVectorAllRowsAreOnePartition() {
        try (RowBatch batch = batch(5, 0, new SplittableRandom(1))) {
            assertEquals(List.of(new PartitionRun(Partition.ALL, 5, 4)), PartitionRun.of(batch));
            Dataset byAbsent = new Dataset("all", 1, dataset().columns(), "absent", null);
            assertEquals(
                    List.of(new PartitionRun("_null", 5, 4)), PartitionRun.of(new RowBatch(byAbsent, batch.vectors())));
        }
    }
}
