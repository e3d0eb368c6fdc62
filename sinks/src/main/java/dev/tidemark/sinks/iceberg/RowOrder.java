// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.sinks.encoding.Places;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VectorSchemaRoot;

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
            rows.sort(new RowSort(keys(columns)));
        }
        return rows;
    }

    /** The columns that rows are sorted by, the first one first. */
    List<SortKey> keys(List<String> columns) {
        return columns.stream().map(column -> new SortKey(batches, column)).toList();
    }
}
