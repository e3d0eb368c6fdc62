// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.page.PageReadStore;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one row group that are still to be read, ascending by their place: a sequence or a legacy ordinal.
 *
 * <p>The place is a column of the file, or, in a file that was adopted as it was, follows from where the row lies in it.
 *
 * <p>It holds the compressed pages of its columns and one open page of each: that is what reading takes of memory.
 */
final class RowGroup {
    private static final long IN_COLUMN = -1;

    private final List<@Nullable ColumnPages> columns = new ArrayList<>();
    private final int placeColumn;
    private final long bytesOfRow;
    private int left;
    private long next = IN_COLUMN;
    private long before = Long.MIN_VALUE;
    private long lowest = Long.MIN_VALUE;
    private long highest = Long.MAX_VALUE;

    RowGroup(RowOrder order, List<@Nullable ColumnDescriptor> descriptors, PageReadStore pages, int rows, long bytes) {
        for (ColumnDescriptor descriptor : descriptors) {
            columns.add(descriptor == null ? null : new ColumnPages(descriptor, pages.getPageReader(descriptor)));
        }
        placeColumn = order.column();
        bytesOfRow = Math.max(1, bytes / Math.max(1, rows));
        left = rows;
    }

    /** Says which sequences its file has by the table's word; any other is damage, and would be passed over unseen. */
    RowGroup within(long lower, long upper) {
        lowest = lower;
        highest = upper;
        return this;
    }

    /** Says that its rows have their places from where they lie, the first of them this one. */
    RowGroup startingAt(long place) {
        next = place;
        return this;
    }

    /** How many rows are still to be read. */
    int left() {
        return left;
    }

    boolean isEmpty() {
        return left == 0;
    }

    /** Leaves all of its rows unread. */
    void passOver() {
        left = 0;
    }

    /** About how many bytes a row takes. */
    long bytesOfRow() {
        return bytesOfRow;
    }

    /** Makes room for as many of its rows as are wanted, so that the vectors need not grow step by step. */
    void reserve(List<FieldVector> vectors, int wanted) {
        int rows = Math.min(wanted, left);
        for (FieldVector vector : vectors) {
            if (vector.getValueCapacity() < rows) {
                vector.setInitialCapacity(rows);
                vector.allocateNew();
            }
        }
    }

    /**
     * Looks at the next rows, at most {@code places.length}, and takes those in {@code (since, through]} into the
     * vectors.
     *
     * @param at how many rows the vectors have
     * @return how many were taken
     * @throws IOException when the rows do not ascend, so that nobody knows which are to be taken
     */
    int take(long since, long through, long[] places, int rowsMax, List<FieldVector> vectors, int at)
            throws IOException {
        int rows = Math.min(Math.min(left, rowsMax), places.length);
        place(places, rows);
        for (int row = 0; row < rows; row++) {
            if (places[row] <= before) {
                throw new IOException("row " + places[row] + " comes after row " + before);
            }
            before = places[row];
            if (before < lowest || before > highest) {
                throw new IOException("row " + before + " is outside of " + lowest + " to " + highest);
            }
        }
        left -= rows;
        int from = 0;
        while (from < rows && places[from] <= since) {
            from++;
        }
        int to = from;
        while (to < rows && places[to] <= through) {
            to++;
        }
        BigIntVector placed = (BigIntVector) vectors.get(placeColumn);
        for (int row = from; row < to; row++) {
            placed.setSafe(at + row - from, places[row]);
        }
        for (int i = 0; i < columns.size(); i++) {
            ColumnPages column = columns.get(i);
            if (column != null && i != placeColumn) {
                column.skip(from);
                column.read(vectors.get(i), at, to - from);
                column.skip(rows - to);
            }
        }
        return to - from;
    }

    private void place(long[] places, int rows) {
        if (next != IN_COLUMN) {
            for (int row = 0; row < rows; row++) {
                places[row] = next++;
            }
            return;
        }
        ColumnPages column = columns.get(placeColumn);
        if (column == null) {
            throw new IllegalStateException("a file was opened that does not say where its rows belong");
        }
        column.readLongs(places, rows);
    }
}
