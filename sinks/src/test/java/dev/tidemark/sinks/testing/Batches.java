// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.testing;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Makes batches as the cache's readers give them. */
public final class Batches {
    private Batches() {}

    /** One row: a value for each column that has one, in the Java type that is nearest. */
    public record Row(long sequence, long ingestMicros, Map<String, Object> values) {}

    public static RowBatch of(BufferAllocator memory, Dataset dataset, List<Row> rows) {
        return filled(RowBatch.readable(dataset, memory), rows);
    }

    /** Legacy rows, whose ordinals stand where others have their sequences. */
    public static RowBatch legacy(BufferAllocator memory, Dataset dataset, List<Row> rows) {
        return filled(RowBatch.readableLegacy(dataset, memory), rows);
    }

    private static RowBatch filled(RowBatch batch, List<Row> rows) {
        Dataset dataset = batch.dataset();
        VectorSchemaRoot vectors = batch.vectors();
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            if (batch.isLegacy()) {
                set(vectors.getVector(RowBatch.LEGACY_ORDINAL), i, row.sequence(), ColumnType.LONG);
            } else {
                set(vectors.getVector(RowBatch.SEQUENCE), i, row.sequence(), ColumnType.LONG);
                set(vectors.getVector(RowBatch.INGEST_TIME), i, row.ingestMicros(), ColumnType.TIMESTAMP);
            }
            for (Column column : dataset.columns()) {
                Object value = row.values().get(column.name());
                if (value != null) {
                    set(vectors.getVector(column.name()), i, value, column.type());
                }
            }
        }
        vectors.setRowCount(rows.size());
        return batch;
    }

    /** The same rows, of which one came from another cache; takes over the batch. */
    public static RowBatch received(RowBatch batch, BufferAllocator memory, int row, String origin, long sequence) {
        RowBatch received = batch.withOrigins(memory);
        VarCharVector origins = (VarCharVector) received.vectors().getVector(RowBatch.ORIGIN);
        BigIntVector sequences = (BigIntVector) received.vectors().getVector(RowBatch.ORIGIN_SEQUENCE);
        origins.allocateNew();
        sequences.allocateNew();
        origins.setSafe(row, origin.getBytes(StandardCharsets.UTF_8));
        sequences.setSafe(row, sequence);
        received.vectors().setRowCount(received.rows());
        return received;
    }

    private static void set(FieldVector vector, int row, Object value, ColumnType type) {
        switch (type.kind()) {
            case BOOLEAN -> ((BitVector) vector).setSafe(row, (Boolean) value ? 1 : 0);
            case INT -> ((IntVector) vector).setSafe(row, (Integer) value);
            case LONG -> ((BigIntVector) vector).setSafe(row, (Long) value);
            case FLOAT -> ((Float4Vector) vector).setSafe(row, (Float) value);
            case DOUBLE -> ((Float8Vector) vector).setSafe(row, (Double) value);
            case DECIMAL -> ((DecimalVector) vector).setSafe(row, (BigDecimal) value);
            case STRING, JSON ->
                ((VarCharVector) vector).setSafe(row, ((String) value).getBytes(StandardCharsets.UTF_8));
            case BINARY -> ((VarBinaryVector) vector).setSafe(row, (byte[]) value);
            case DATE -> ((DateDayVector) vector).setSafe(row, (Integer) value);
            case TIMESTAMP -> ((TimeStampMicroTZVector) vector).setSafe(row, (Long) value);
        }
    }
}
