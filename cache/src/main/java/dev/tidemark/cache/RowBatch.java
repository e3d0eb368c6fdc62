// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.Optional;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Some rows of one dataset, as Arrow vectors; whoever receives a batch closes it.
 *
 * <p>A batch on its way in has vectors for user columns only, in any order, and may leave columns out (they are null).
 * A batch that was read starts with the hidden columns, {@link #SEQUENCE} and {@link #INGEST_TIME}, and then has every
 * column of its dataset in schema order.
 */
public final class RowBatch implements AutoCloseable {
    public static final String SEQUENCE = "_ingest_seq";
    public static final String INGEST_TIME = "_ingest_time";

    private final Dataset dataset;
    private final VectorSchemaRoot vectors;

    /** Takes over {@code vectors}. */
    public RowBatch(Dataset dataset, VectorSchemaRoot vectors) {
        this.dataset = dataset;
        this.vectors = vectors;
    }

    public Dataset dataset() {
        return dataset;
    }

    public int rows() {
        return vectors.getRowCount();
    }

    public VectorSchemaRoot vectors() {
        return vectors;
    }

    public Optional<FieldVector> vector(String column) {
        return Optional.ofNullable(vectors.getVector(column));
    }

    /** The sequence of one row of a batch that was read. */
    public Sequence sequence(int row) {
        return new Sequence(((BigIntVector) vectors.getVector(SEQUENCE)).get(row));
    }

    /** Bytes that the rows take off the heap. */
    public long bytes() {
        return vectors.getFieldVectors().stream()
                .mapToLong(FieldVector::getBufferSize)
                .sum();
    }

    @Override
    public void close() {
        vectors.close();
    }
}
