// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * What a rows frame says before its values: whose rows they are, and how they fall into partitions.
 *
 * <pre>
 * dataset text
 * partitions varint · for each: name text, rows varint, index of its last row varint
 * the values, as {@link Columns} has them: user columns only, in the order of the header's schema version
 * </pre>
 *
 * <p>A text is its length in bytes as a varint, then UTF-8. Row {@code i} has the sequence "first of the frame + i" and
 * the time of the frame, so neither takes any bytes here.
 */
record RowsBody(String dataset, List<PartitionRun> partitions) {
    private static final int VARINT_BYTES_MAX = 5;
    private static final int BYTES_PER_CHAR_MAX = 3;

    static RowsBody of(RowBatch batch) {
        return new RowsBody(batch.dataset().name(), PartitionRun.of(batch));
    }

    /** Room that is enough for all but the values. */
    long bytesMax() {
        long bytes = VARINT_BYTES_MAX + textBytesMax(dataset);
        for (PartitionRun run : partitions) {
            bytes += textBytesMax(run.name()) + 2 * VARINT_BYTES_MAX;
        }
        return bytes;
    }

    private static long textBytesMax(String text) {
        return VARINT_BYTES_MAX + (long) text.length() * BYTES_PER_CHAR_MAX;
    }

    void write(ByteBuffer target) {
        Varint.write(target, dataset.getBytes(StandardCharsets.UTF_8));
        Varint.write(target, partitions.size());
        for (PartitionRun run : partitions) {
            Varint.write(target, run.name().getBytes(StandardCharsets.UTF_8));
            Varint.write(target, run.rows());
            Varint.write(target, run.lastRow());
        }
    }

    /** Reads up to the values. */
    static RowsBody read(ByteBuffer source) {
        String dataset = Varint.readText(source);
        int count = Varint.read(source);
        List<PartitionRun> partitions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            partitions.add(new PartitionRun(Varint.readText(source), Varint.read(source), Varint.read(source)));
        }
        return new RowsBody(dataset, List.copyOf(partitions));
    }

    /** The rows of a whole body with their hidden columns, in the schema they were written in. */
    static RowBatch rows(ByteBuffer body, Stamp stamp, Dataset schema, BufferAllocator memory) {
        RowsBody.read(body);
        List<FieldVector> vectors = new ArrayList<>();
        vectors.add(sequences(stamp, memory));
        vectors.add(times(stamp, memory));
        try {
            vectors.addAll(Columns.read(schema.columns(), stamp.rows(), body, memory));
            return new RowBatch(
                    schema, new VectorSchemaRoot(RowBatch.readSchema(schema).getFields(), vectors, stamp.rows()));
        } catch (RuntimeException e) {
            vectors.forEach(FieldVector::close);
            throw e;
        }
    }

    private static BigIntVector sequences(Stamp stamp, BufferAllocator memory) {
        BigIntVector vector = new BigIntVector(RowBatch.SEQUENCE, memory);
        vector.allocateNew(stamp.rows());
        for (int row = 0; row < stamp.rows(); row++) {
            vector.set(row, stamp.first() + row);
        }
        vector.setValueCount(stamp.rows());
        return vector;
    }

    private static TimeStampMicroTZVector times(Stamp stamp, BufferAllocator memory) {
        TimeStampMicroTZVector vector = new TimeStampMicroTZVector(RowBatch.INGEST_TIME, memory, "UTC");
        vector.allocateNew(stamp.rows());
        for (int row = 0; row < stamp.rows(); row++) {
            vector.set(row, stamp.timeMicros());
        }
        vector.setValueCount(stamp.rows());
        return vector;
    }
}
