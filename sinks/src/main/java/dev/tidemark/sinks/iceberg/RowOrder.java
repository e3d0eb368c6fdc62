// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.sinks.encoding.Places;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
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
import org.jspecify.annotations.Nullable;

/** The rows of some batches by day, and on each day sorted by columns, nulls first; equal ones stay in their order. */
final class RowOrder {
    /** The day of rows without a time. */
    static final int NO_DAY = Integer.MIN_VALUE;

    private static final long MICROS_PER_DAY = 86_400_000_000L;
    private static final long ROW_MASK = 0xFFFF_FFFFL;

    private final List<VectorSchemaRoot> batches;

    RowOrder(List<VectorSchemaRoot> batches) {
        this.batches = batches;
    }

    /** The day of a time, in days since 1970, also before that. */
    static int day(long micros) {
        return Math.toIntExact(Math.floorDiv(micros, MICROS_PER_DAY));
    }

    SortedMap<Integer, Places> byDay(String time, List<String> columns) {
        SortedMap<Integer, Growing> days = new TreeMap<>();
        int last = NO_DAY;
        Growing into = null;
        for (int i = 0; i < batches.size(); i++) {
            TimeStampMicroTZVector times =
                    (TimeStampMicroTZVector) batches.get(i).getVector(time);
            for (int row = 0; row < batches.get(i).getRowCount(); row++) {
                int day = times.isNull(row) ? NO_DAY : day(times.get(row));
                if (into == null || day != last) {
                    into = days.computeIfAbsent(day, fresh -> new Growing());
                    last = day;
                }
                into.add((long) i << Integer.SIZE | row);
            }
        }
        SortedMap<Integer, Places> sorted = new TreeMap<>();
        days.forEach((day, rows) -> sorted.put(day, sort(rows, columns)));
        return sorted;
    }

    private Places sort(Growing rows, List<String> columns) {
        long[] places = Arrays.copyOf(rows.places, rows.count);
        if (!columns.isEmpty()) {
            List<FieldVector[]> keys =
                    columns.stream().map(this::vectors).toList();
            places = Arrays.stream(places)
                    .boxed()
                    .sorted((one, other) -> compare(keys, one, other))
                    .mapToLong(Long::longValue)
                    .toArray();
        }
        return new Sorted(places);
    }

    private FieldVector[] vectors(String column) {
        return batches.stream().map(batch -> batch.getVector(column)).toArray(FieldVector[]::new);
    }

    private static int compare(List<FieldVector[]> keys, long one, long other) {
        for (FieldVector[] key : keys) {
            int result = compare(key[batch(one)], row(one), key[batch(other)], row(other));
            if (result != 0) {
                return result;
            }
        }
        return 0;
    }

    private static int batch(long place) {
        return (int) (place >>> Integer.SIZE);
    }

    private static int row(long place) {
        return (int) (place & ROW_MASK);
    }

    /** As Iceberg orders values: texts by their bytes, false before true. */
    static int compare(@Nullable FieldVector one, int i, @Nullable FieldVector other, int j) {
        boolean isNull = one == null || one.isNull(i);
        boolean otherIsNull = other == null || other.isNull(j);
        if (isNull || otherIsNull || one == null || other == null) {
            return Boolean.compare(otherIsNull, isNull);
        }
        return switch (one) {
            case VarCharVector text -> Arrays.compareUnsigned(text.get(i), ((VarCharVector) other).get(j));
            case VarBinaryVector bytes -> Arrays.compareUnsigned(bytes.get(i), ((VarBinaryVector) other).get(j));
            case BigIntVector number -> Long.compare(number.get(i), ((BigIntVector) other).get(j));
            case IntVector number -> Integer.compare(number.get(i), ((IntVector) other).get(j));
            case TimeStampMicroTZVector time -> Long.compare(time.get(i), ((TimeStampMicroTZVector) other).get(j));
            case DateDayVector date -> Integer.compare(date.get(i), ((DateDayVector) other).get(j));
            case BitVector bit -> Integer.compare(bit.get(i), ((BitVector) other).get(j));
            case Float4Vector number -> Float.compare(number.get(i), ((Float4Vector) other).get(j));
            case Float8Vector number -> Double.compare(number.get(i), ((Float8Vector) other).get(j));
            case DecimalVector number -> number.getObject(i).compareTo(((DecimalVector) other).getObject(j));
            default -> throw new IllegalStateException("no column is a " + one.getField());
        };
    }

    private static final class Sorted implements Places {
        private final long[] places;

        Sorted(long[] places) {
            this.places = places;
        }

        @Override
        public int count() {
            return places.length;
        }

        @Override
        public int batch(int place) {
            return RowOrder.batch(places[place]);
        }

        @Override
        public int row(int place) {
            return RowOrder.row(places[place]);
        }
    }

    private static final class Growing {
        private long[] places = new long[1024];
        private int count;

        void add(long place) {
            if (count == places.length) {
                places = Arrays.copyOf(places, count * 2);
            }
            places[count] = place;
            count++;
        }
    }
}
