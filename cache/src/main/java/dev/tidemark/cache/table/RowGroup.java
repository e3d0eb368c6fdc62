// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
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
    private final @Nullable PositionDeleteIndex deleted;
    private final int placeColumn;
    private final long bytesOfRow;
    private int left;
    private long position;
    private long next = IN_COLUMN;
    private long before = Long.MIN_VALUE;
    private long begin = Long.MIN_VALUE;
    private long highest = Long.MAX_VALUE;
    private int[] runs = {};

    /**
     * The rows of a row group.
     *
     * @param deleted which rows of the file are deleted in place, null when none is
     * @param position where in the file its first row lies
     */
    RowGroup(
            RowOrder order,
            List<@Nullable ColumnDescriptor> descriptors,
            PageReadStore pages,
            BlockMetaData group,
            @Nullable PositionDeleteIndex deleted,
            long position) {
        for (ColumnDescriptor descriptor : descriptors) {
            columns.add(descriptor == null ? null : new ColumnPages(descriptor, pages.getPageReader(descriptor)));
        }
        this.deleted = deleted;
        this.position = position;
        placeColumn = order.column();
        left = Math.toIntExact(group.getRowCount());
        bytesOfRow = Math.max(1, bytes(descriptors, group) / Math.max(1, left));
    }

    private static long bytes(List<@Nullable ColumnDescriptor> descriptors, BlockMetaData group) {
        Set<String> names = new HashSet<>();
        for (ColumnDescriptor descriptor : descriptors) {
            if (descriptor != null) {
                names.add(descriptor.getPath()[0]);
            }
        }
        return group.getColumns().stream()
                .filter(chunk -> names.contains(chunk.getPath().toArray()[0]))
                .mapToLong(ColumnChunkMetaData::getTotalUncompressedSize)
                .sum();
    }

    /**
     * Says which places its rows have by the word of the file, and of the table: it begins with the first, and has none
     * beyond the last. Anything else is damage, and rows would be passed over unseen.
     */
    RowGroup within(long first, long last) {
        begin = first;
        highest = last;
        return this;
    }

    /** Says that its rows have their places from where they lie, the first of them this one. */
    RowGroup startingAt(long place) {
        next = place;
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
     * Looks at the next rows, at most {@code places.length}, and takes those in {@code (since, through]} that are not deleted
     * into the vectors.
     *
     * @param at how many rows the vectors have
     * @return how many were taken
     * @throws IOException when the rows do not ascend, so that nobody knows which are to be taken
     */
    int take(long since, long through, long[] places, int rowsMax, List<FieldVector> vectors, int at)
            throws IOException {
        int rows = Math.min(Math.min(left, rowsMax), places.length);
        place(places, rows);
        requireAscent(places, rows);
        BigIntVector placed = (BigIntVector) vectors.get(placeColumn);
        int taken = 0;
        int count = 0;
        int length = 0;
        if (runs.length <= rows) {
            runs = new int[places.length + 1];
        }
        for (int row = 0; row < rows; row++) {
            boolean wanted = places[row] > since
                    && places[row] <= through
                    && (deleted == null || !deleted.isDeleted(position + row));
            if (wanted == (count % 2 == 0)) { // Runs of rows that are skipped and taken, in turn.
                runs[count++] = length;
                length = 0;
            }
            length++;
            if (wanted) {
                placed.setSafe(at + taken++, places[row]);
            }
        }
        runs[count++] = length;
        position += rows;
        left = places[rows - 1] > through ? 0 : left - rows;
        for (int i = 0; i < columns.size(); i++) {
            ColumnPages column = columns.get(i);
            if (column != null && i != placeColumn) {
                takeRuns(column, vectors.get(i), at, count);
            }
        }
        return taken;
    }

    private void takeRuns(ColumnPages column, FieldVector vector, int at, int count) {
        int to = at;
        for (int run = 0; run < count; run++) {
            if (run % 2 == 0) {
                column.skip(runs[run]);
            } else {
                column.read(vector, to, runs[run]);
                to += runs[run];
            }
        }
    }

    private void requireAscent(long[] places, int rows) throws IOException {
        for (int row = 0; row < rows; row++) {
            if (places[row] <= before) {
                throw new IOException("row " + places[row] + " comes after row " + before);
            }
            boolean begins = before != Long.MIN_VALUE || begin == Long.MIN_VALUE || places[row] == begin;
            before = places[row];
            if (!begins || before > highest) {
                throw new IOException("row " + before + " is not of a row group from " + begin + " to " + highest);
            }
        }
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
