// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Holds the lengths that the messages of an Arrow stream announce against the bytes that there are.
 *
 * <p>Arrow's own reader allocates what it is told. A message is the marker {@code FF FF FF FF} (older streams have none),
 * the length of its metadata, the metadata, and a body whose length the metadata says: a flatbuffer, of which only that
 * number is read here.
 */
final class ArrowFraming {
    private static final int MARKER = -1;
    private static final int BODY_LENGTH_SLOT = 4 + 3 * Short.BYTES;

    private ArrowFraming() {}

    static void check(byte[] body, int length) throws RefusedException {
        ByteBuffer stream = ByteBuffer.wrap(body, 0, length).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (stream.remaining() >= Integer.BYTES) {
                int metadata = stream.getInt();
                if (metadata == MARKER) {
                    metadata = stream.getInt();
                }
                if (metadata == 0) {
                    return; // The end of the stream.
                }
                if (metadata < 0 || metadata > stream.remaining()) {
                    throw cutShort();
                }
                long bodyLength = bodyLength(stream.slice(stream.position(), metadata));
                stream.position(stream.position() + metadata);
                if (bodyLength < 0 || bodyLength > stream.remaining()) {
                    throw cutShort();
                }
                stream.position(stream.position() + (int) bodyLength);
            }
            if (stream.hasRemaining() || length == 0) {
                throw cutShort();
            }
        } catch (RuntimeException e) {
            throw cutShort();
        }
    }

    private static long bodyLength(ByteBuffer bigEndian) {
        ByteBuffer message = bigEndian.order(ByteOrder.LITTLE_ENDIAN);
        int table = message.getInt(0);
        int vtable = table - message.getInt(table);
        int slots = Short.toUnsignedInt(message.getShort(vtable));
        int offset = slots > BODY_LENGTH_SLOT ? Short.toUnsignedInt(message.getShort(vtable + BODY_LENGTH_SLOT)) : 0;
        return offset == 0 ? 0 : message.getLong(table + offset);
    }

    private static RefusedException cutShort() {
        return Problem.of(Slug.BAD_ARROW, "the body is not a whole Arrow stream")
                .hinting("send the Arrow IPC stream format, not a file")
                .refused();
    }
}
