// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.iceberg.Schema;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.mapping.NameMapping;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a table's files after one place through another, one file open at a time: places are sequences, or the
 * ordinals of legacy rows.
 *
 * <p>Only files that can hold such rows are given to it; within a file, row groups that cannot are skipped. A batch is
 * filled piece by piece, so that it ends near its bytes and not far beyond.
 */
public final class SequenceScan implements AutoCloseable {
    private static final long SOME = -1;
    private static final int PIECE_ROWS = 256;

    private final @Nullable FileIO io;
    private final RowOrder order;
    private final @Nullable NameMapping names;
    private final Iterator<FileIndex.Live> files;
    private final Dataset dataset;
    private final boolean origins;
    private final Schema projection;
    private final long since;
    private final long through;
    private final int batchRows;
    private final long batchBytes;
    private final BufferAllocator memory;
    private final long[] places = new long[PIECE_ROWS];
    private long before;
    private String path = "";
    private long wantedOfFile = SOME;
    private long takenOfFile;
    private @Nullable DataFileReader open;
    private @Nullable RowGroup group;

    SequenceScan(
            @Nullable FileIO io,
            RowOrder order,
            @Nullable NameMapping names,
            List<FileIndex.Live> files,
            Dataset dataset,
            long since,
            long through,
            int batchRows,
            long batchBytes,
            BufferAllocator memory) {
        this.io = io;
        this.order = order;
        this.names = names;
        this.files = files.iterator();
        this.dataset = dataset;
        this.origins = files.stream().anyMatch(FileIndex.Live::hasOrigins);
        this.projection =
                origins ? TableSchema.projectionWithOrigins(dataset, order) : TableSchema.projection(dataset, order);
        this.since = since;
        this.through = through;
        this.batchRows = batchRows;
        this.batchBytes = batchBytes;
        this.memory = memory;
        this.before = since;
    }

    /** The next rows, at least one, which the caller closes; null at the end. */
    public @Nullable RowBatch next() throws IOException {
        RowBatch empty = order == RowOrder.BY_SEQUENCE
                ? RowBatch.readable(dataset, memory)
                : RowBatch.readableLegacy(dataset, memory);
        RowBatch batch = origins ? empty.withOrigins(memory) : empty;
        try {
            int rows = fill(batch.vectors().getFieldVectors());
            batch.vectors().setRowCount(rows);
            if (rows == 0) {
                batch.close();
                return null;
            }
            return batch;
        } catch (UncheckedIOException e) {
            batch.close();
            throw new IOException("reading " + path, e);
        } catch (OutOfMemoryException e) {
            batch.close();
            throw e;
        } catch (IOException | RuntimeException e) { // Parquet says in many ways that bytes make no sense.
            batch.close();
            throw new IOException("reading " + path + ": " + e.getMessage(), e);
        }
    }

    private int fill(List<FieldVector> vectors) throws IOException {
        int rows = 0;
        int piece = PIECE_ROWS;
        while (rows < batchRows && piece > 0) {
            RowGroup from = nextGroup();
            if (from == null) {
                break;
            }
            if (rows == 0) {
                long fitting = Math.clamp(batchBytes / from.bytesOfRow(), 1, batchRows);
                piece = Math.toIntExact(Math.min(fitting, PIECE_ROWS));
                from.reserve(vectors, Math.toIntExact(fitting));
            }
            int taken = from.take(since, through, places, Math.min(piece, batchRows - rows), vectors, rows);
            if (taken > 0) {
                requireAscent((BigIntVector) vectors.get(order.column()), rows, rows + taken);
            }
            rows += taken;
            takenOfFile += taken;
            piece = rows == 0 ? PIECE_ROWS : piece(vectors, rows);
        }
        return rows;
    }

    /** How many rows more are likely to fit, from those that are there. */
    private int piece(List<FieldVector> vectors, int rows) {
        long bytes = vectors.stream()
                .mapToLong(vector -> vector.getBufferSizeFor(rows))
                .sum();
        return Math.toIntExact(Math.clamp((batchBytes - bytes) / Math.max(1, bytes / rows), 0, PIECE_ROWS));
    }

    /** Files follow one another: another engine may have rewritten them so that they do not. */
    private void requireAscent(BigIntVector taken, int from, int to) throws IOException {
        if (taken.get(from) <= before) {
            throw new IOException("its row " + taken.get(from) + " comes after row " + before);
        }
        before = taken.get(to - 1);
    }

    /** A file that is wanted whole gives as many rows as the table says that it has. */
    private void requireWhole() throws IOException {
        if (wantedOfFile != SOME && takenOfFile != wantedOfFile) {
            throw new IOException("it gave " + takenOfFile + " rows of " + wantedOfFile);
        }
    }

    /** The row group that has the next row; null at the end of the last file. */
    private @Nullable RowGroup nextGroup() throws IOException {
        while (group == null || group.isEmpty()) {
            group = open == null ? null : open.next(since, through);
            if (group == null) {
                requireWhole();
                close();
                if (io == null || !files.hasNext()) {
                    return null;
                }
                openFile(io, files.next());
            }
        }
        return group;
    }

    private void openFile(FileIO from, FileIndex.Live file) throws IOException {
        path = file.path();
        boolean whole = since < file.lower() && through >= file.upper();
        wantedOfFile = whole ? file.liveRows() : SOME;
        takenOfFile = 0;
        open = new DataFileReader(from, file, order, names, projection);
    }

    @Override
    public void close() throws IOException {
        group = null;
        wantedOfFile = SOME;
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
