// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.ArrowFooter;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Rows as an Arrow IPC file: a stream between two magic words, with a footer that says where each batch lies.
 *
 * <p>Fields say their types as in {@link ArrowEncoder}; facts about the unit are key-values of the footer.
 */
public final class ArrowFileEncoder implements RowEncoder {
    private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
    private static final int CONTINUATION = -1;

    private final Hidden hidden;

    public ArrowFileEncoder(Hidden hidden) {
        this.hidden = hidden;
    }

    @Override
    public String extension() {
        return "arrow";
    }

    @Override
    public String version() {
        return "arrow-file/1";
    }

    @Override
    public Encoding start(OutputStream out) throws IOException {
        WriteChannel channel = ArrowEncoder.channel(out);
        channel.write(MAGIC);
        channel.align();
        return new Encoding() {
            private final List<ArrowBlock> blocks = new ArrayList<>();
            private Map<String, String> facts = Map.of();
            private @Nullable Schema written;

            @Override
            public void add(RowBatch batch) throws IOException {
                Schema schema = schema(batch);
                if (written == null) {
                    MessageSerializer.serialize(channel, schema);
                    written = schema;
                } else if (!written.equals(schema)) {
                    throw new IllegalArgumentException(
                            "the rows of a unit have one schema: " + written + ", " + schema);
                }
                List<FieldVector> made = new ArrayList<>();
                try (ArrowRecordBatch record = record(batch, schema, made)) {
                    blocks.add(MessageSerializer.serialize(channel, record));
                } finally {
                    made.forEach(FieldVector::close);
                }
            }

            @Override
            public void seal(Map<String, String> all) {
                facts = Map.copyOf(all);
            }

            @Override
            public void close() throws IOException {
                channel.writeIntLittleEndian(CONTINUATION);
                channel.writeIntLittleEndian(0);
                long start = channel.getCurrentPosition();
                Schema schema = written == null ? new Schema(List.of()) : written;
                channel.write(new ArrowFooter(schema, List.of(), blocks, facts), false);
                channel.writeIntLittleEndian((int) (channel.getCurrentPosition() - start));
                channel.write(MAGIC);
            }
        };
    }

    private Schema schema(RowBatch batch) {
        List<Field> fields = new ArrayList<>();
        for (Column column : Fields.of(batch.dataset(), hidden)) {
            Map<String, String> type = Map.of(ArrowEncoder.TYPE, column.type().toString());
            fields.add(
                    new Field(column.name(), new FieldType(true, column.type().arrow(), null, type), List.of()));
        }
        return new Schema(fields);
    }

    /** @param made vectors for columns that the batch does not have, all null */
    private static ArrowRecordBatch record(RowBatch batch, Schema schema, List<FieldVector> made) {
        BufferAllocator memory = batch.vectors().getVector(RowBatch.INGEST_TIME).getAllocator();
        List<FieldVector> vectors = new ArrayList<>();
        for (Field field : schema.getFields()) {
            FieldVector vector = batch.vector(field.getName()).orElse(null);
            if (vector == null) {
                vector = field.createVector(memory);
                made.add(vector);
                vector.setInitialCapacity(batch.rows());
                vector.allocateNew();
                vector.setValueCount(batch.rows());
            }
            vectors.add(vector);
        }
        // It only looks at vectors that stay the batch's, so it is not closed.
        return new VectorUnloader(new VectorSchemaRoot(schema, vectors, batch.rows())).getRecordBatch();
    }
}
