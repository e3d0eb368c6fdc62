// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.testing.Seeds;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
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
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A row that is dropped, doubled or altered in one bit is noticed. */
@Tag("I12")
class RowsHashTest {
    private static final long KEY = 42;
    private static final Schema SCHEMA = new Schema(
            NestedField.optional(1, "long", Types.LongType.get()),
            NestedField.optional(2, "int", Types.IntegerType.get()),
            NestedField.optional(3, "flag", Types.BooleanType.get()),
            NestedField.optional(4, "float", Types.FloatType.get()),
            NestedField.optional(5, "double", Types.DoubleType.get()),
            NestedField.optional(6, "text", Types.StringType.get()),
            NestedField.optional(7, "bytes", Types.BinaryType.get()),
            NestedField.optional(8, "day", Types.DateType.get()),
            NestedField.optional(9, "at", Types.TimestampType.withZone()),
            NestedField.optional(10, "sum", Types.DecimalType.of(38, 2)),
            NestedField.optional(11, "other", Types.LongType.get()));
    private static final List<ColumnType> TYPES = List.of(
            ColumnType.LONG,
            ColumnType.INT,
            ColumnType.BOOLEAN,
            ColumnType.FLOAT,
            ColumnType.DOUBLE,
            ColumnType.STRING,
            ColumnType.BINARY,
            ColumnType.DATE,
            ColumnType.TIMESTAMP,
            ColumnType.decimal(38, 2),
            ColumnType.LONG);
    private static final int ROWS = 50;

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private VectorSchemaRoot batch(List<Long> rows) {
        List<FieldVector> vectors = new ArrayList<>();
        for (int column = 0; column < TYPES.size(); column++) {
            Field field = Column.inferred(SCHEMA.columns().get(column).name(), TYPES.get(column))
                    .field();
            FieldVector vector = field.createVector(memory);
            vector.setInitialCapacity(rows.size());
            vector.allocateNew();
            for (int row = 0; row < rows.size(); row++) {
                if ((rows.get(row) + column) % 7 != 0) {
                    set(vector, row, rows.get(row) + column);
                }
            }
            vector.setValueCount(rows.size());
            vectors.add(vector);
        }
        return new VectorSchemaRoot(vectors.stream().map(FieldVector::getField).toList(), vectors, rows.size());
    }

    private static void set(FieldVector target, int row, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] text = Long.toString(random.nextLong(), 36)
                .substring(0, random.nextInt(11))
                .getBytes(StandardCharsets.UTF_8);
        switch (target) {
            case BigIntVector vector -> vector.setSafe(row, random.nextLong());
            case IntVector vector -> vector.setSafe(row, random.nextInt());
            case BitVector vector -> vector.setSafe(row, random.nextInt(2));
            case Float4Vector vector -> vector.setSafe(row, random.nextInt() / 3f);
            case Float8Vector vector -> vector.setSafe(row, random.nextDouble());
            case VarCharVector vector -> vector.setSafe(row, text);
            case VarBinaryVector vector -> vector.setSafe(row, text);
            case DateDayVector vector -> vector.setSafe(row, random.nextInt(30_000));
            case TimeStampMicroTZVector vector -> vector.setSafe(row, random.nextLong());
            case DecimalVector vector -> vector.setSafe(row, BigDecimal.valueOf(random.nextLong(), 2));
            default -> throw new AssertionError(target);
        }
    }

    private static List<Long> some(long seed) {
        return new SplittableRandom(seed).longs(ROWS, 0, 1L << 50).boxed().toList();
    }

    private RowsHash hash(List<Long> rows, int batchRows) {
        RowsHash hash = new RowsHash(SCHEMA, KEY);
        for (int from = 0; from < rows.size(); from += batchRows) {
            try (VectorSchemaRoot batch = batch(rows.subList(from, Math.min(rows.size(), from + batchRows)))) {
                hash.add(batch);
            }
        }
        return hash;
    }

    @Test
    void theSameRowsInOtherBatchesAndAnotherOrderAreTheSame() throws Exception {
        Seeds.each(20, seed -> {
            List<Long> rows = some(seed);
            assertTrue(hash(rows, 7).isSameAs(hash(rows.reversed(), 50)));
            assertEquals(ROWS, hash(rows, 7).rows());
        });
    }

    @Test
    void aDroppedADoubledAndAnotherRowAreNoticed() throws Exception {
        Seeds.each(20, seed -> {
            List<Long> rows = some(seed);
            RowsHash all = hash(rows, 10);
            assertFalse(all.isSameAs(hash(rows.subList(1, ROWS), 10)));
            List<Long> doubled = new ArrayList<>(rows);
            doubled.set(0, rows.get(1));
            assertFalse(all.isSameAs(hash(doubled, 10)));
            List<Long> other = new ArrayList<>(rows);
            other.set(ROWS - 1, -1L);
            assertFalse(all.isSameAs(hash(other, 10)));
        });
    }

    @Test
    void anAlteredValueOfEachColumnIsNoticed() throws Exception {
        Seeds.each(5, seed -> {
            List<Long> rows = some(seed);
            RowsHash whole = hash(rows, ROWS);
            for (int column = 0; column < TYPES.size(); column++) {
                RowsHash altered = new RowsHash(SCHEMA, KEY);
                try (VectorSchemaRoot batch = batch(rows)) {
                    FieldVector vector = batch.getVector(column);
                    int row = (int) (seed + column) % ROWS;
                    if (vector.isNull(row)) {
                        set(vector, row, 1);
                    } else if (vector instanceof BitVector bits) {
                        bits.set(row, 1 - bits.get(row));
                    } else {
                        vector.setNull(row);
                    }
                    altered.add(batch);
                }
                assertFalse(
                        whole.isSameAs(altered), SCHEMA.columns().get(column).name());
            }
        });
    }

    @Test
    void aValueInAnotherColumnIsNoticedAndAnEmptyTextIsNoAbsentOne() {
        RowsHash first = new RowsHash(SCHEMA, KEY);
        RowsHash second = new RowsHash(SCHEMA, KEY);
        RowsHash empty = new RowsHash(SCHEMA, KEY);
        RowsHash absent = new RowsHash(SCHEMA, KEY);
        one("long", ColumnType.LONG, first);
        one("other", ColumnType.LONG, second);
        one("text", ColumnType.STRING, empty);
        try (VectorSchemaRoot none = new VectorSchemaRoot(List.of(), List.of(), 1)) {
            absent.add(none);
        }
        assertFalse(first.isSameAs(second));
        assertFalse(empty.isSameAs(absent));
    }

    @Test
    void aWidenedColumnHasTheSameValues() {
        RowsHash narrow = new RowsHash(SCHEMA, KEY);
        RowsHash wide = new RowsHash(SCHEMA, KEY);
        one("long", ColumnType.INT, narrow);
        one("long", ColumnType.LONG, wide);
        assertTrue(narrow.isSameAs(wide));
        RowsHash single = new RowsHash(SCHEMA, KEY);
        RowsHash twice = new RowsHash(SCHEMA, KEY);
        one("double", ColumnType.FLOAT, single);
        one("double", ColumnType.DOUBLE, twice);
        assertTrue(single.isSameAs(twice));
    }

    private void one(String name, ColumnType type, RowsHash into) {
        FieldVector vector = Column.inferred(name, type).field().createVector(memory);
        vector.allocateNew();
        switch (vector) {
            case BigIntVector longs -> longs.setSafe(0, -5);
            case IntVector ints -> ints.setSafe(0, -5);
            case Float4Vector floats -> floats.setSafe(0, 0.5f);
            case Float8Vector doubles -> doubles.setSafe(0, 0.5);
            case VarCharVector texts -> texts.setSafe(0, new byte[0]);
            default -> throw new AssertionError(vector);
        }
        vector.setValueCount(1);
        try (VectorSchemaRoot root = new VectorSchemaRoot(List.of(vector.getField()), List.of(vector), 1)) {
            into.add(root);
        }
    }
}
