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
 * The rows of one row group that are still to be read, ascending by sequence, which is the first column.
 *
 * <p>It holds the compressed pages of its columns and one open page of each: that is what reading takes of memory.
 */
final class RowGroup {
    private final List<@Nullable ColumnPages> columns = new ArrayList<>();
    private final ColumnPages sequences;
    private final long bytesOfRow;
    private int left;
    private long before = Long.MIN_VALUE;
    private long lowest = Long.MIN_VALUE;
    private long highest = Long.MAX_VALUE;

    RowGroup(List<@Nullable ColumnDescriptor> descriptors, PageReadStore pages, int rows, long bytes) {
        for (ColumnDescriptor descriptor : descriptors) {
            columns.add(descriptor == null ? null : new ColumnPages(descriptor, pages.getPageReader(descriptor)));
        }
        ColumnPages first = columns.getFirst();
        if (first == null) {
            throw new IllegalStateException("a file without sequences was opened");
        }
        sequences = first;
        bytesOfRow = Math.max(1, bytes / Math.max(1, rows));
        left = rows;
    }

    /** Says which sequences its file has by the table's word; any other is damage, and would be passed over unseen. */
    RowGroup within(long lower, long upper) {
        lowest = lower;
        highest = upper;
        return this;
    }

    boolean isEmpty() {
        return left == 0;
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
     * Looks at the next rows, at most {@code sequencesOfRows.length}, and takes those in {@code (since, through]} into
     * the vectors.
     *
     * @param at how many rows the vectors have
     * @return how many were taken
     * @throws IOException when the rows do not ascend, so that nobody knows which are to be taken
     */
    int take(long since, long through, long[] sequencesOfRows, int rowsMax, List<FieldVector> vectors, int at)
            throws IOException {
        int rows = Math.min(Math.min(left, rowsMax), sequencesOfRows.length);
        sequences.readLongs(sequencesOfRows, rows);
        for (int row = 0; row < rows; row++) {
            if (sequencesOfRows[row] <= before) {
                throw new IOException("row " + sequencesOfRows[row] + " comes after row " + before);
            }
            before = sequencesOfRows[row];
            if (before < lowest || before > highest) {
                throw new IOException("row " + before + " is outside of " + lowest + " to " + highest);
            }
        }
        left -= rows;
        int from = 0;
        while (from < rows && sequencesOfRows[from] <= since) {
            from++;
        }
        int to = from;
        while (to < rows && sequencesOfRows[to] <= through) {
            to++;
        }
        BigIntVector first = (BigIntVector) vectors.getFirst();
        for (int row = from; row < to; row++) {
            first.setSafe(at + row - from, sequencesOfRows[row]);
        }
        for (int i = 1; i < columns.size(); i++) {
            ColumnPages column = columns.get(i);
            if (column != null) {
                column.skip(from);
                column.read(vectors.get(i), at, to - from);
                column.skip(rows - to);
            }
        }
        return to - from;
    }
}
