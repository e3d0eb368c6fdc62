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

/** The rows of some batches by day, or sorted by columns, nulls first; equal ones stay in their order. */
final class RowOrder {
    /** The day of rows without a time. */
    static final int NO_DAY = Integer.MIN_VALUE;

    private static final long MICROS_PER_DAY = 86_400_000_000L;

    private final List<VectorSchemaRoot> batches;

    RowOrder(List<VectorSchemaRoot> batches) {
        this.batches = batches;
    }

    /** The day of a time, in days since 1970, also before that. */
    static int day(long micros) {
        return Math.toIntExact(Math.floorDiv(micros, MICROS_PER_DAY));
    }

    /** The rows of each day by some columns; those without a time come first. */
    SortedMap<Integer, Places> byDay(String time, List<String> columns) {
        SortedMap<Integer, PlaceList> days = new TreeMap<>();
        int last = NO_DAY;
        PlaceList into = null;
        for (int i = 0; i < batches.size(); i++) {
            TimeStampMicroTZVector times =
                    (TimeStampMicroTZVector) batches.get(i).getVector(time);
            for (int row = 0; row < batches.get(i).getRowCount(); row++) {
                int day = times.isNull(row) ? NO_DAY : day(times.get(row));
                if (into == null || day != last) {
                    into = days.computeIfAbsent(day, fresh -> new PlaceList());
                    last = day;
                }
                into.add(i, row);
            }
        }
        SortedMap<Integer, Places> sorted = new TreeMap<>();
        days.forEach((day, rows) -> sorted.put(day, sort(rows, columns)));
        return sorted;
    }

    /** All rows by some columns. */
    Places by(List<String> columns) {
        PlaceList rows = new PlaceList();
        for (int i = 0; i < batches.size(); i++) {
            for (int row = 0; row < batches.get(i).getRowCount(); row++) {
                rows.add(i, row);
            }
        }
        return sort(rows, columns);
    }

    private Places sort(PlaceList rows, List<String> columns) {
        if (!columns.isEmpty()) {
            List<FieldVector[]> keys = columns.stream().map(this::vectors).toList();
            rows.sort((one, other) -> compare(
                    keys,
                    PlaceList.batchOf(one),
                    PlaceList.rowOf(one),
                    PlaceList.batchOf(other),
                    PlaceList.rowOf(other)));
        }
        return rows;
    }

    /** How two rows stand to each other. */
    int compareBy(List<String> columns, int batch, int row, int otherBatch, int otherRow) {
        for (String column : columns) {
            int result = compare(
                    batches.get(batch).getVector(column),
                    row,
                    batches.get(otherBatch).getVector(column),
                    otherRow);
            if (result != 0) {
                return result;
            }
        }
        return 0;
    }

    private FieldVector[] vectors(String column) {
        return batches.stream().map(batch -> batch.getVector(column)).toArray(FieldVector[]::new);
    }

    private static int compare(List<FieldVector[]> keys, int batch, int row, int otherBatch, int otherRow) {
        for (FieldVector[] key : keys) {
            int result = compare(key[batch], row, key[otherBatch], otherRow);
            if (result != 0) {
                return result;
            }
        }
        return 0;
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
}
