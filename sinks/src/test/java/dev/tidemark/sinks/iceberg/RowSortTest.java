// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.sinks.encoding.Places;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rows come out as comparing their values whole would have them, nulls first, equal ones as they came. */
@Tag("I12")
class RowSortTest {
    private static final int BATCH_ROWS = 257;
    private static final Schema SCHEMA = new Schema(
            NestedField.optional(1, "text", Types.StringType.get()),
            NestedField.optional(2, "long", Types.LongType.get()),
            NestedField.optional(3, "int", Types.IntegerType.get()),
            NestedField.optional(4, "flag", Types.BooleanType.get()),
            NestedField.optional(5, "float", Types.FloatType.get()),
            NestedField.optional(6, "double", Types.DoubleType.get()),
            NestedField.optional(7, "decimal", Types.DecimalType.of(38, 3)),
            NestedField.optional(8, "date", Types.DateType.get()),
            NestedField.optional(9, "time", Types.TimestampType.withZone()),
            NestedField.optional(10, "row", Types.LongType.get()));

    /** Numbers whose order is easily got wrong. */
    private static final List<Double> NUMBERS = List.of(
            0.0,
            -0.0,
            1.0,
            -1.0,
            Double.NaN,
            Double.MIN_VALUE,
            -Double.MIN_VALUE,
            Double.MAX_VALUE,
            -Double.MAX_VALUE,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY);

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    @Test
    void eachColumnAloneSortsAsItsValuesDo() {
        List<GenericRecord> rows = rows(3000);
        for (NestedField field : SCHEMA.columns()) {
            assertSorted(rows, List.of(field.name()));
        }
    }

    @Test
    void laterColumnsDecideWhereEarlierOnesAreEqual() {
        List<GenericRecord> rows = rows(3000);
        assertSorted(rows, List.of("flag", "text", "decimal", "long"));
        assertSorted(rows, List.of("int", "date", "double"));
    }

    @Test
    void fewRowsAreSortedAsManyAre() {
        for (int count = 0; count < 60; count++) {
            assertSorted(rows(count), List.of("text", "float"));
        }
    }

    @Test
    void textsThatDifferAtTheirEndsAloneAreSorted() {
        List<GenericRecord> rows = rows(2000);
        String begin = "a".repeat(300);
        rows.forEach(row -> row.setField("text", begin + "b".repeat(random.nextInt(3)) + random.nextInt(20)));
        assertSorted(rows, List.of("text", "int"));
    }

    private void assertSorted(List<GenericRecord> rows, List<String> columns) {
        Comparator<Record> order = columns.stream()
                .map(RowSortTest::by)
                .reduce(Comparator::thenComparing)
                .orElseThrow();
        List<Long> expected =
                rows.stream().sorted(order).map(RowSortTest::number).toList();
        assertEquals(expected, sorted(rows, columns), "seed " + seed + " by " + columns);
    }

    private static long number(Record row) {
        return (Long) Objects.requireNonNull(row.getField("row"));
    }

    private static List<Long> sorted(List<GenericRecord> rows, List<String> by) {
        RecordColumns columns = RecordColumns.of(SCHEMA);
        List<VectorSchemaRoot> batches = new ArrayList<>();
        try (RootAllocator memory = new RootAllocator()) {
            try {
                for (int from = 0; from < rows.size(); from += BATCH_ROWS) {
                    VectorSchemaRoot batch = columns.batch(memory);
                    batches.add(batch);
                    int count = Math.min(BATCH_ROWS, rows.size() - from);
                    for (int row = 0; row < count; row++) {
                        columns.set(batch, row, rows.get(from + row));
                    }
                    batch.setRowCount(count);
                }
                Places places = new RowOrder(batches).by(by);
                return IntStream.range(0, places.count())
                        .mapToObj(place -> (long) places.batch(place) * BATCH_ROWS + places.row(place))
                        .toList();
            } finally {
                batches.forEach(VectorSchemaRoot::close);
            }
        }
    }

    private static Comparator<Record> by(String column) {
        if (column.equals("text")) {
            return present(column, text -> ((String) text).getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);
        }
        return present(column, value -> (Comparable<?>) value, RowSortTest::natural);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static int natural(Comparable one, Comparable other) {
        return one.compareTo(other);
    }

    private static <T> Comparator<Record> present(String column, Function<Object, T> value, Comparator<T> order) {
        Comparator<@Nullable T> nullsFirst = Comparator.nullsFirst(order);
        return (one, other) ->
                nullsFirst.compare(present(one.getField(column), value), present(other.getField(column), value));
    }

    private static <T> @Nullable T present(@Nullable Object field, Function<Object, T> value) {
        return field == null ? null : value.apply(field);
    }

    private List<GenericRecord> rows(int count) {
        List<GenericRecord> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            GenericRecord row = GenericRecord.create(SCHEMA);
            set(row, "text", text());
            set(row, "long", random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(9) - 4L);
            set(row, "int", random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(9) - 4);
            set(row, "flag", random.nextBoolean());
            set(row, "float", NUMBERS.get(random.nextInt(NUMBERS.size())).floatValue());
            set(row, "double", NUMBERS.get(random.nextInt(NUMBERS.size())));
            set(row, "decimal", new BigDecimal(new BigInteger(random.nextInt(1, 120), random), 3).multiply(sign()));
            set(row, "date", LocalDate.ofEpochDay(random.nextInt(20) - 10));
            set(row, "time", Instant.ofEpochMilli(random.nextInt()).atOffset(ZoneOffset.UTC));
            row.setField("row", (long) i);
            rows.add(row);
        }
        return rows;
    }

    private BigDecimal sign() {
        return random.nextBoolean() ? BigDecimal.ONE : BigDecimal.ONE.negate();
    }

    private void set(GenericRecord row, String column, Object value) {
        row.setField(column, random.nextInt(10) == 0 ? null : value);
    }

    /** Texts that begin like others, with bytes that are zero or not ASCII. */
    private String text() {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(18);
        for (int i = 0; i < length; i++) {
            text.append("aab\0é\uD83D\uDE00"
                    .codePoints()
                    .skip(random.nextInt(6))
                    .limit(1)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append));
        }
        return text.toString();
    }
}
