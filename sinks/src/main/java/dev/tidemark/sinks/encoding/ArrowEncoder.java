// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Rows as an Arrow IPC stream: the schema, the batches as they are read, the end.
 *
 * <p>Each field of the user's columns says its type in the metadata under {@link #TYPE}, in the words that
 * configuration uses, because Arrow has one kind of text for strings and for JSON.
 */
public final class ArrowEncoder implements RowEncoder {
    /** The key of a field's metadata that says the column's type. */
    public static final String TYPE = "tidemark.type";

    private final Hidden hidden;

    public ArrowEncoder(Hidden hidden) {
        this.hidden = hidden;
    }

    @Override
    public String extension() {
        return "arrows";
    }

    @Override
    public String version() {
        return "arrow/1";
    }

    @Override
    public Encoding start(OutputStream out) {
        WriteChannel channel = channel(out);
        return new Encoding() {
            private @Nullable Schema written;

            @Override
            public void add(RowBatch batch) throws IOException {
                List<FieldVector> vectors = new ArrayList<>();
                Schema schema = select(batch, vectors);
                if (written == null) {
                    MessageSerializer.serialize(channel, schema);
                    written = schema;
                } else if (!written.equals(schema)) {
                    throw new IllegalArgumentException(
                            "the rows of a unit have one schema: " + written + ", " + schema);
                }
                // It only looks at vectors that stay the batch's, so it is not closed.
                VectorSchemaRoot root = new VectorSchemaRoot(schema, vectors, batch.rows());
                try (ArrowRecordBatch record = new VectorUnloader(root).getRecordBatch()) {
                    MessageSerializer.serialize(channel, record);
                }
            }

            @Override
            public void close() throws IOException {
                ArrowStreamWriter.writeEndOfStream(channel, IpcOption.DEFAULT);
            }
        };
    }

    /** What Arrow writes to: vectors are off the heap, and go straight to a file that takes them from there. */
    static WriteChannel channel(OutputStream out) {
        return new WriteChannel(out instanceof WritableByteChannel file ? file : Channels.newChannel(out));
    }

    private Schema select(RowBatch batch, List<FieldVector> vectors) {
        List<Field> fields = new ArrayList<>();
        for (FieldVector vector : batch.vectors().getFieldVectors()) {
            Column column = batch.dataset().column(vector.getName()).orElse(null);
            if (column != null) {
                Map<String, String> type = Map.of(TYPE, column.type().toString());
                fields.add(new Field(
                        column.name(), new FieldType(true, column.type().arrow(), null, type), List.of()));
                vectors.add(vector);
            } else if (hidden == Hidden.SHOWN && Column.isReserved(vector.getName())) {
                fields.add(vector.getField());
                vectors.add(vector);
            }
        }
        return new Schema(fields);
    }
}
