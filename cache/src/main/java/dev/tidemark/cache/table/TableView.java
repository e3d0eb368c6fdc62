// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.iceberg.Table;
import org.jspecify.annotations.Nullable;

/** A table at one snapshot: its live files, and the sequence through which they have the dataset's rows. */
public final class TableView {
    private final Sequence flushedThrough;
    private final @Nullable Table table;
    private final FileIndex index;

    TableView(Sequence flushedThrough, @Nullable Table table, FileIndex index) {
        this.flushedThrough = flushedThrough;
        this.table = table;
        this.index = index;
    }

    static TableView empty(Sequence flushedThrough) {
        return new TableView(flushedThrough, null, new FileIndex(0, List.of()));
    }

    public Sequence flushedThrough() {
        return flushedThrough;
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
        return index.files().isEmpty()
                ? Sequence.NONE
                : new Sequence(index.files().getFirst().lower());
    }

    /** The sequence of the last row, or NONE in an empty table. */
    public Sequence last() {
        return index.files().isEmpty()
                ? Sequence.NONE
                : new Sequence(index.files().getLast().upper());
    }

    /** Rows after one sequence through another, ascending, in batches within both bounds. */
    public SequenceScan scan(
            Dataset dataset, Sequence since, Sequence through, int batchRows, long batchBytes, BufferAllocator memory) {
        return new SequenceScan(
                table == null ? null : table.io(),
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
