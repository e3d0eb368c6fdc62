// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The body of a rows frame: what was stamped on the rows, how they fall into partitions, and the rows.
 *
 * <pre>
 * ingest time in microseconds int64 · dataset UTF · schema version int32
 * partitions int32 · for each: name UTF, rows int32, index of its last row int32
 * one Arrow record batch: user columns only, in the order of that schema version
 * </pre>
 *
 * <p>Row {@code i} has the sequence "first of the frame + i", so sequences take no bytes.
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared: the array is the frame itself.
record RowsBody(String dataset, int version, long timeMicros, List<PartitionRun> partitions, byte[] arrow) {

    /** The rows of one partition in a frame. */
    record PartitionRun(String name, int rows, int lastRow) {}

    /** Counts the rows of a batch into partitions. */
    static List<PartitionRun> runs(RowBatch batch) {
        Map<String, PartitionRun> runs = new LinkedHashMap<>();
        for (int row = 0; row < batch.rows(); row++) {
            String name = batch.partitionName(row);
            PartitionRun run = runs.get(name);
            runs.put(name, new PartitionRun(name, run == null ? 1 : run.rows() + 1, row));
        }
        return List.copyOf(runs.values());
    }

    /** The rows as one record batch with a vector for each column of the batch's dataset. */
    static byte[] serialize(RowBatch batch, BufferAllocator memory) throws IOException {
        List<FieldVector> vectors = new ArrayList<>();
        List<FieldVector> absent = new ArrayList<>();
        try {
            for (Column column : batch.dataset().columns()) {
                FieldVector vector = batch.vector(column.name()).orElse(null);
                if (vector == null) {
                    vector = column.field().createVector(memory);
                    absent.add(vector);
                    vector.setInitialCapacity(batch.rows());
                    vector.allocateNew();
                    vector.setValueCount(batch.rows());
                }
                vectors.add(vector);
            }
            VectorSchemaRoot root = new VectorSchemaRoot(
                    batch.dataset().columns().stream().map(Column::field).toList(), vectors, batch.rows());
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ArrowRecordBatch message = new VectorUnloader(root).getRecordBatch()) {
                MessageSerializer.serialize(new WriteChannel(Channels.newChannel(bytes)), message);
            }
            return bytes.toByteArray();
        } finally {
            absent.forEach(FieldVector::close);
        }
    }

    byte[] encode() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(arrow.length + 256);
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(timeMicros);
        out.writeUTF(dataset);
        out.writeInt(version);
        out.writeInt(partitions.size());
        for (PartitionRun run : partitions) {
            out.writeUTF(run.name());
            out.writeInt(run.rows());
            out.writeInt(run.lastRow());
        }
        out.write(arrow);
        return bytes.toByteArray();
    }

    static RowsBody decode(byte[] body) throws IOException {
        ByteArrayInputStream bytes = new ByteArrayInputStream(body);
        DataInputStream in = new DataInputStream(bytes);
        long time = in.readLong();
        String dataset = in.readUTF();
        int version = in.readInt();
        int count = in.readInt();
        List<PartitionRun> partitions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            partitions.add(new PartitionRun(in.readUTF(), in.readInt(), in.readInt()));
        }
        return new RowsBody(dataset, version, time, List.copyOf(partitions), bytes.readAllBytes());
    }

    /** The rows with their hidden columns, in the schema they were written in. */
    RowBatch rows(Dataset schema, long first, BufferAllocator memory) throws IOException {
        VectorSchemaRoot user = VectorSchemaRoot.create(
                new Schema(schema.columns().stream().map(Column::field).toList()), memory);
        try {
            try (ArrowRecordBatch message = MessageSerializer.deserializeRecordBatch(
                    new ReadChannel(Channels.newChannel(new ByteArrayInputStream(arrow))), memory)) {
                new VectorLoader(user).load(message);
            }
            int rows = user.getRowCount();
            List<FieldVector> vectors = new ArrayList<>();
            vectors.add(sequences(first, rows, memory));
            vectors.add(times(rows, memory));
            vectors.addAll(user.getFieldVectors());
            return new RowBatch(
                    schema, new VectorSchemaRoot(RowBatch.readSchema(schema).getFields(), vectors, rows));
        } catch (IOException | RuntimeException e) {
            user.close();
            throw e;
        }
    }

    private static BigIntVector sequences(long first, int rows, BufferAllocator memory) {
        BigIntVector vector = new BigIntVector(RowBatch.SEQUENCE, memory);
        vector.allocateNew(rows);
        for (int row = 0; row < rows; row++) {
            vector.set(row, first + row);
        }
        vector.setValueCount(rows);
        return vector;
    }

    private TimeStampMicroTZVector times(int rows, BufferAllocator memory) {
        TimeStampMicroTZVector vector = new TimeStampMicroTZVector(RowBatch.INGEST_TIME, memory, "UTC");
        vector.allocateNew(rows);
        for (int row = 0; row < rows; row++) {
            vector.set(row, timeMicros);
        }
        vector.setValueCount(rows);
        return vector;
    }
}
