// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.StateException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.Instant;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;

/**
 * The file of one dead letter: why the row was refused, its schema, and its values as one Arrow record batch.
 *
 * <p>A state file of kind {@code dead-letter}; its body is a line of JSON and the message:
 *
 * <pre>
 * tidemark dead-letter 1 5a0c31f7
 * {"stream":"main","dataset":"logs","partition":"all","order":"SEQUENCE","number":41,"status":422,
 *  "reason":"misfit","response":"…","at":"2026-01-01T00:00:00Z","unit":"6b1f…","origins":false,"schema":{…}}
 * ····
 * </pre>
 */
final class LetterFile {
    private static final String KIND = "dead-letter";
    private static final int VERSION = 1;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Head head;
    private final byte[] row;

    private LetterFile(Head head, byte[] row) {
        this.head = head;
        this.row = row;
    }

    Head head() {
        return head;
    }

    /** Everything but the values. */
    record Head(
            String stream,
            String dataset,
            String partition,
            Range.Order order,
            long number,
            int status,
            String reason,
            String response,
            String at,
            String unit,
            boolean origins,
            Dataset schema) {}

    static LetterFile of(Intent intent, RowBatch row, Poison poison, Instant at) throws IOException {
        Head head = new Head(
                intent.track().stream(),
                intent.partition().dataset(),
                intent.partition().name(),
                intent.range().order(),
                intent.range().through(),
                poison.status(),
                poison.reason(),
                poison.response(),
                at.toString(),
                intent.name(),
                row.hasOrigins(),
                row.dataset());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ArrowRecordBatch message = new VectorUnloader(row.vectors()).getRecordBatch()) {
            MessageSerializer.serialize(new WriteChannel(Channels.newChannel(bytes)), message);
        }
        return new LetterFile(head, bytes.toByteArray());
    }

    /** Durable when this returns; how many bytes it takes. */
    long write(Path file, DurableFiles files) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(JSON.writeValueAsBytes(head));
        body.write('\n');
        body.writeBytes(row);
        files.writeState(file, KIND, VERSION, body.toByteArray());
        return body.size();
    }

    static LetterFile read(Path file, DurableFiles files) throws IOException {
        byte[] body = files.readState(file, KIND, VERSION);
        ByteArrayInputStream in = new ByteArrayInputStream(body);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new StateException(file, "it has no values");
            }
            line.write(b);
        }
        return new LetterFile(JSON.readValue(line.toByteArray(), Head.class), in.readAllBytes());
    }

    /** The one row; the caller closes it. */
    RowBatch values(BufferAllocator memory) throws IOException {
        RowBatch plain = head.order() == Range.Order.LEGACY
                ? RowBatch.readableLegacy(head.schema(), memory)
                : RowBatch.readable(head.schema(), memory);
        RowBatch batch = head.origins() ? plain.withOrigins(memory) : plain;
        ReadChannel channel = new ReadChannel(Channels.newChannel(new ByteArrayInputStream(row)));
        try (ArrowRecordBatch message = MessageSerializer.deserializeRecordBatch(channel, memory)) {
            new VectorLoader(batch.vectors()).load(message);
            return batch;
        } catch (IOException | RuntimeException e) {
            try (batch) {
                throw e;
            }
        }
    }
}
