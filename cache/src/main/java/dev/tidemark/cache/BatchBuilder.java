// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.jspecify.annotations.Nullable;

/**
 * Gathers rows of one schema version into a batch of a newer one: columns are matched by field id, a column that the
 * rows do not have is null, and a value of a narrower type is widened.
 */
public final class BatchBuilder implements AutoCloseable {
    private final BufferAllocator memory;
    private RowBatch batch;
    private int rows;
    private boolean built;
    private @Nullable RowBatch source;
    private List<@Nullable FieldVector> sourceVectors = List.of();

    public BatchBuilder(Dataset dataset, BufferAllocator memory) {
        this(RowBatch.readable(dataset, memory), memory);
    }

    private BatchBuilder(RowBatch batch, BufferAllocator memory) {
        this.memory = memory;
        this.batch = batch;
    }

    /** Gathers legacy rows, and no others. */
    static BatchBuilder ofLegacy(Dataset dataset, BufferAllocator memory) {
        return new BatchBuilder(RowBatch.readableLegacy(dataset, memory), memory);
    }

    /** Gathers rows of the kind that a batch has, legacy ones or those with a sequence. */
    public static BatchBuilder like(RowBatch batch, Dataset dataset, BufferAllocator memory) {
        return batch.isLegacy() ? ofLegacy(dataset, memory) : new BatchBuilder(dataset, memory);
    }

    /** Adds one row of a batch that was read. */
    public void add(RowBatch from, int row) {
        if (rows == 0) {
            batch.vectors().allocateNew();
        }
        if (from != source) {
            if (from.hasOrigins()) {
                batch = batch.withOrigins(memory);
            }
            source = from;
            sourceVectors = match(from);
        }
        List<FieldVector> targets = batch.vectors().getFieldVectors();
        for (int i = 0; i < targets.size(); i++) {
            FieldVector vector = sourceVectors.get(i);
            if (vector == null) {
                targets.get(i).setNull(rows);
            } else {
                copy(vector, row, targets.get(i));
            }
        }
        rows++;
    }

    private void copy(FieldVector from, int row, FieldVector to) {
        if (from instanceof IntVector ints && to instanceof BigIntVector longs) {
            if (ints.isNull(row)) {
                longs.setNull(rows);
            } else {
                longs.setSafe(rows, ints.get(row));
            }
        } else if (from instanceof Float4Vector floats && to instanceof Float8Vector doubles) {
            if (floats.isNull(row)) {
                doubles.setNull(rows);
            } else {
                doubles.setSafe(rows, floats.get(row));
            }
        } else {
            to.copyFromSafe(row, rows, from);
        }
    }

    private List<@Nullable FieldVector> match(RowBatch from) {
        List<@Nullable FieldVector> vectors = new ArrayList<>();
        vectors.add(from.vector(RowBatch.SEQUENCE).orElse(null));
        vectors.add(from.vector(RowBatch.INGEST_TIME).orElse(null));
        if (batch.isLegacy()) {
            vectors.add(from.vector(RowBatch.LEGACY_ORDINAL).orElse(null));
        }
        for (Column column : batch.dataset().columns()) {
            vectors.add(from.dataset().columns().stream()
                    .filter(each -> each.id() == column.id())
                    .findFirst()
                    .flatMap(each -> from.vector(each.name()))
                    .orElse(null));
        }
        if (batch.hasOrigins()) {
            vectors.add(from.vector(RowBatch.ORIGIN).orElse(null));
            vectors.add(from.vector(RowBatch.ORIGIN_SEQUENCE).orElse(null));
        }
        return vectors;
    }

    public int rows() {
        return rows;
    }

    /** Bytes that the rows so far take off the heap. */
    public long bytes() {
        return batch.bytesOf(rows);
    }

    /** The rows; the caller closes them. To be called once. */
    public RowBatch build() {
        batch.vectors().setRowCount(rows);
        built = true;
        return batch;
    }

    @Override
    public void close() {
        if (!built) {
            batch.close();
        }
    }
}
