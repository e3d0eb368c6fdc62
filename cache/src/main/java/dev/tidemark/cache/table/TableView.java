// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.mapping.NameMapping;
import org.jspecify.annotations.Nullable;

/** A table at one snapshot: its live files, and the sequence through which they have the dataset's rows. */
public final class TableView {
    private final Sequence claimed;
    private final @Nullable FileIO io;
    private final FileIndex index;
    private final @Nullable FilePins pins;
    private final Adoptions adoptions;
    private final Removals removals;
    private final @Nullable NameMapping names;
    private final @Nullable String fence;

    TableView(
            Sequence claimed,
            @Nullable FileIO io,
            FileIndex index,
            @Nullable FilePins pins,
            Adoptions adoptions,
            Removals removals,
            @Nullable NameMapping names,
            @Nullable String fence) {
        this.claimed = claimed;
        this.io = io;
        this.index = index;
        this.pins = pins;
        this.adoptions = adoptions;
        this.removals = removals;
        this.names = names;
        this.fence = fence;
    }

    /** Of a table that is not there yet. */
    public static TableView empty() {
        return new TableView(
                Sequence.NONE, null, FileIndex.empty(), null, Adoptions.none(), Removals.none(), null, null);
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
        return Sequence.max(claimed, index.last());
    }

    /** Keeps the files of this view for a reader, until what is returned is run. */
    public Runnable pin() {
        return pins == null ? () -> {} : pins.pin(index);
    }

    /** Why nothing may be written to the table, or null when it is as a flush left it. */
    public @Nullable String fence() {
        return fence;
    }

    /** Rows that are there, legacy rows among them. */
    public long rows() {
        return index.all().mapToLong(FileIndex.Live::liveRows).sum();
    }

    /** Legacy rows that are there. */
    public long legacyRows() {
        return index.legacy().stream().mapToLong(FileIndex.Live::liveRows).sum();
    }

    public long bytes() {
        return index.all().mapToLong(FileIndex.Live::bytes).sum();
    }

    public int files() {
        return index.files().size() + index.legacy().size();
    }

    /** The highest ordinal that a legacy row was ever given, or 0. */
    public long legacyHead() {
        return adoptions.head();
    }

    /** Rows that were ever adopted. */
    public long adopted() {
        return adoptions.rows();
    }

    /** Everything that was ever adopted into the table of a dataset, in the order of the ordinals. */
    public List<Adoption> adoptions(String dataset) {
        return adoptions.of(dataset);
    }

    /** Rows that policy removed, legacy rows among them. */
    public long removed() {
        return removals.rows() + removals.legacy();
    }

    /** Rows with a sequence that policy removed. */
    public long removedSequenced() {
        return removals.rows();
    }

    /** The highest sequence of a row that policy removed, or NONE. */
    public Sequence removedThrough() {
        return new Sequence(removals.through());
    }

    /** The sequence of the first row, or NONE in an empty table. */
    public Sequence first() {
        Sequence there = index.first();
        Sequence kept = new Sequence(removals.before());
        return there.isAfter(Sequence.NONE) && kept.isAfter(there) ? kept : there;
    }

    /** The sequence of the last row, or NONE in an empty table. */
    public Sequence last() {
        return index.last();
    }

    /**
     * Rows after one sequence through another, ascending, in batches within both bounds.
     *
     * @throws IOException when another engine deleted rows by delete files: which ones, is not read
     */
    public SequenceScan scan(
            Dataset dataset, Sequence since, Sequence through, int batchRows, long batchBytes, BufferAllocator memory)
            throws IOException {
        return scan(
                RowOrder.BY_SEQUENCE,
                index.files(),
                dataset,
                since.value(),
                through.value(),
                batchRows,
                batchBytes,
                memory);
    }

    /**
     * Legacy rows after one ordinal through another, ascending, in batches within both bounds.
     *
     * @throws IOException as above
     */
    public SequenceScan scanLegacy(
            Dataset dataset, long since, long through, int batchRows, long batchBytes, BufferAllocator memory)
            throws IOException {
        return scan(RowOrder.BY_ORDINAL, index.legacy(), dataset, since, through, batchRows, batchBytes, memory);
    }

    private SequenceScan scan(
            RowOrder order,
            List<FileIndex.Live> files,
            Dataset dataset,
            long since,
            long through,
            int batchRows,
            long batchBytes,
            BufferAllocator memory)
            throws IOException {
        if (index.hasForeignDeletes()) {
            throw new IOException("another engine deleted rows of " + dataset.name()
                    + " by delete files, which cannot be read around: rewrite its data files there");
        }
        return new SequenceScan(
                io,
                order,
                order == RowOrder.BY_ORDINAL ? names : null,
                files.stream()
                        .filter(file -> file.upper() > since && file.lower() <= through)
                        .toList(),
                dataset,
                since,
                through,
                batchRows,
                batchBytes,
                memory);
    }
}
