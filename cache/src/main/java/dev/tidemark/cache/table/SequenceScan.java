// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.parquet.Parquet;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a table's files after one sequence through another, one file open at a time.
 *
 * <p>Only files that can hold such rows are given to it; within a file, row groups that cannot are skipped.
 */
public final class SequenceScan implements AutoCloseable {
    private final @Nullable FileIO io;
    private final Iterator<FileIndex.Live> files;
    private final Dataset dataset;
    private final Schema projection;
    private final Sequence since;
    private final Sequence through;
    private final int batchRows;
    private final long batchBytes;
    private final BufferAllocator memory;
    private @Nullable CloseableIterable<Record> open;
    private Iterator<Record> records = List.<Record>of().iterator();

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
        this.projection = TableSchema.projection(dataset);
        this.since = since;
        this.through = through;
        this.batchRows = batchRows;
        this.batchBytes = batchBytes;
        this.memory = memory;
    }

    /** The next rows, at least one, which the caller closes; null at the end. */
    public @Nullable RowBatch next() throws IOException {
        try {
            List<Record> batch = new ArrayList<>();
            long bytes = 0;
            while (batch.size() < batchRows && bytes < batchBytes && (records.hasNext() || openNext())) {
                if (records.hasNext()) {
                    Record record = records.next();
                    long sequence = (Long) record.get(0);
                    if (sequence > since.value() && sequence <= through.value()) {
                        batch.add(record);
                        bytes += RecordVectors.bytes(record);
                    }
                }
            }
            return batch.isEmpty() ? null : RecordVectors.batch(batch, dataset, memory);
        } catch (UncheckedIOException e) {
            throw new IOException("reading the table of " + dataset.name(), e);
        }
    }

    private boolean openNext() throws IOException {
        close();
        if (io == null || !files.hasNext()) {
            return false;
        }
        Expression wanted = Expressions.and(
                Expressions.greaterThan(RowBatch.SEQUENCE, since.value()),
                Expressions.lessThanOrEqual(RowBatch.SEQUENCE, through.value()));
        CloseableIterable<Record> next = Parquet.read(
                        io.newInputFile(files.next().path()))
                .project(projection)
                .filter(wanted)
                .createReaderFunc(fileSchema -> GenericParquetReaders.buildReader(projection, fileSchema))
                .build();
        open = next;
        records = next.iterator();
        return true;
    }

    @Override
    public void close() throws IOException {
        records = List.<Record>of().iterator();
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
