// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.iceberg.Schema;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.parquet.Parquet;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a table's files after one sequence through another, one file open at a time.
 *
 * <p>Only files that can hold such rows are given to it; within a file, row groups that cannot are skipped. A batch is
 * filled piece by piece, so that it ends near its bytes and not far beyond.
 */
public final class SequenceScan implements AutoCloseable {
    private static final long SOME = -1;
    private static final int PIECE_ROWS = 256;

    private final @Nullable FileIO io;
    private final Iterator<FileIndex.Live> files;
    private final Dataset dataset;
    private final boolean origins;
    private final Schema projection;
    private final Sequence since;
    private final Sequence through;
    private final int batchRows;
    private final long batchBytes;
    private final BufferAllocator memory;
    private final long[] sequences = new long[PIECE_ROWS];
    private long before;
    private String path = "";
    private long wantedOfFile = SOME;
    private long takenOfFile;
    private long lower;
    private long upper;
    private @Nullable CloseableIterable<RowGroup> open;
    private Iterator<RowGroup> groups = Collections.emptyIterator();
    private @Nullable RowGroup group;

    SequenceScan(
            @Nullable FileIO io,
            List<FileIndex.Live> files,
            Dataset dataset,
            Sequence since,
            Sequence through,
            int batchRows,
            long batchBytes,
            BufferAllocator memory) {
        this.io = io;
        this.files = files.iterator();
        this.dataset = dataset;
        this.origins = files.stream().anyMatch(FileIndex.Live::hasOrigins);
        this.projection = origins ? TableSchema.projectionWithOrigins(dataset) : TableSchema.projection(dataset);
        this.since = since;
        this.through = through;
        this.batchRows = batchRows;
        this.batchBytes = batchBytes;
        this.memory = memory;
        this.before = since.value();
    }

    /** The next rows, at least one, which the caller closes; null at the end. */
    public @Nullable RowBatch next() throws IOException {
        RowBatch empty = RowBatch.readable(dataset, memory);
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
        } catch (IOException e) {
            batch.close();
            throw new IOException("reading " + path + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            batch.close();
            throw e;
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
            int taken = from.take(
                    since.value(), through.value(), sequences, Math.min(piece, batchRows - rows), vectors, rows);
            if (taken > 0) {
                requireAscent((BigIntVector) vectors.getFirst(), rows, rows + taken);
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
            if (groups.hasNext()) {
                group = groups.next().within(lower, upper);
            } else if (io != null && files.hasNext()) {
                requireWhole();
                close();
                openFile(io, files.next());
            } else {
                requireWhole();
                close();
                return null;
            }
        }
        return group;
    }

    private void openFile(FileIO from, FileIndex.Live file) {
        path = file.path();
        boolean whole = since.value() < file.lower() && through.value() >= file.upper();
        wantedOfFile = whole ? file.rows() : SOME;
        takenOfFile = 0;
        lower = file.lower();
        upper = file.upper();
        Expression wanted = Expressions.and(
                Expressions.greaterThan(RowBatch.SEQUENCE, since.value()),
                Expressions.lessThanOrEqual(RowBatch.SEQUENCE, through.value()));
        CloseableIterable<RowGroup> next = Parquet.read(from.newInputFile(path, file.bytes()))
                .project(projection)
                .filter(wanted)
                .recordsPerBatch(Integer.MAX_VALUE)
                .createBatchedReaderFunc(schema -> new VectorReader(projection, schema))
                .build();
        open = next;
        groups = next.iterator();
    }

    @Override
    public void close() throws IOException {
        group = null;
        groups = Collections.emptyIterator();
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
