// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/** A table at one snapshot: its live files, and the sequence through which they have the dataset's rows. */
public final class TableView {
    private final Sequence claimed;
    private final @Nullable FileIO io;
    private final FileIndex index;
    private final @Nullable String fence;

    TableView(Sequence claimed, @Nullable FileIO io, FileIndex index, @Nullable String fence) {
        this.claimed = claimed;
        this.io = io;
        this.index = index;
        this.fence = fence;
    }

    static TableView empty() {
        return new TableView(Sequence.NONE, null, FileIndex.empty(), null);
    }

    /**
     * The sequence through which the table has the dataset's rows: what the last flush said, or, where that cannot be
     * believed, the last row that is there.
     */
    public Sequence flushedThrough() {
        return fence == null ? claimed : index.last();
    }

    /** The highest sequence that the table speaks of, whether it has the row or not. */
    public Sequence highest() {
        return claimed.isAfter(index.last()) ? claimed : index.last();
    }

    /** Why nothing may be written to the table, or null when it is as a flush left it. */
    public @Nullable String fence() {
        return fence;
    }

    public long rows() {
        return index.files().stream().mapToLong(FileIndex.Live::rows).sum();
    }

    public long bytes() {
        return index.files().stream().mapToLong(FileIndex.Live::bytes).sum();
    }

    public int files() {
        return index.files().size();
    }

    /** The sequence of the first row, or NONE in an empty table. */
    public Sequence first() {
        return index.first();
    }

    /** The sequence of the last row, or NONE in an empty table. */
    public Sequence last() {
        return index.last();
    }

    /**
     * Rows after one sequence through another, ascending, in batches within both bounds.
     *
     * @throws IOException when another engine deleted rows in place: which ones, is not read
     */
    public SequenceScan scan(
            Dataset dataset, Sequence since, Sequence through, int batchRows, long batchBytes, BufferAllocator memory)
            throws IOException {
        if (index.hasDeletes()) {
            throw new IOException("another engine deleted rows of " + dataset.name()
                    + " in place, which cannot be read around: rewrite its data files there");
        }
        return new SequenceScan(
                io,
                index.files().stream()
                        .filter(file -> file.upper() > since.value() && file.lower() <= through.value())
                        .toList(),
                dataset,
                since,
                through,
                batchRows,
                batchBytes,
                memory);
    }
}
