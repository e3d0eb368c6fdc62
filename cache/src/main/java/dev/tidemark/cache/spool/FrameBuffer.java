// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.RowBatch;
import java.nio.ByteBuffer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A frame on its way to the disk: room for its header, its body, zeros up to the boundary of the next one, and 64 more
 * where the next one will begin.
 *
 * <p>The producer's thread makes it, body and checksum and all, so that the one writer only fills in the header and
 * writes it as it is. Rows lie outside the heap; who takes the buffer over closes it.
 */
final class FrameBuffer implements AutoCloseable {
    private final ByteBuffer bytes;
    private final int bodyBytes;
    private final int headCrc;
    private final int bodyCrc;
    private final @Nullable ArrowBuf memory;
    private boolean open = true;

    /** The body lies behind the header's room, up to the position of {@code bytes}; its head are its first bytes. */
    private FrameBuffer(ByteBuffer bytes, int headBytes, @Nullable ArrowBuf memory) {
        this.bodyBytes = bytes.position() - SpoolSegment.FRAME_HEADER_BYTES;
        int end = SpoolSegment.FRAME_HEADER_BYTES
                + Math.toIntExact(SpoolSegment.align(bodyBytes))
                + SpoolSegment.ALIGNMENT;
        while (bytes.position() < end) {
            bytes.put((byte) 0);
        }
        this.bytes = bytes.flip();
        this.memory = memory;
        this.headCrc = SpoolSegment.crc(bytes.slice(SpoolSegment.FRAME_HEADER_BYTES, headBytes));
        this.bodyCrc = SpoolSegment.crc(bytes.slice(SpoolSegment.FRAME_HEADER_BYTES, bodyBytes));
    }

    /** A frame with such a body, on the heap; all of it is its head. */
    static FrameBuffer of(byte[] body) {
        return of(body, body.length);
    }

    /** A frame with such a body, on the heap. */
    static FrameBuffer of(byte[] body, int headBytes) {
        ByteBuffer bytes = ByteBuffer.allocate(room(body.length));
        return new FrameBuffer(
                bytes.put(SpoolSegment.FRAME_HEADER_BYTES, body)
                        .position(SpoolSegment.FRAME_HEADER_BYTES + body.length),
                headBytes,
                null);
    }

    /** A frame with the rows of a batch. */
    static FrameBuffer of(RowsBody body, RowBatch batch, BufferAllocator allocator) {
        int room = room(body.bytesMax() + Columns.bytesMax(batch));
        ArrowBuf memory = allocator.buffer(room);
        try {
            ByteBuffer bytes = memory.nioBuffer(0, room).position(SpoolSegment.FRAME_HEADER_BYTES);
            body.write(bytes);
            int headBytes = bytes.position() - SpoolSegment.FRAME_HEADER_BYTES;
            Columns.write(batch, bytes);
            return new FrameBuffer(bytes, headBytes, memory);
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private static int room(long bodyBytes) {
        return Math.toIntExact(SpoolSegment.framed(Math.toIntExact(bodyBytes)) + SpoolSegment.ALIGNMENT);
    }

    /** Header, body and zeros, to be written as they are; {@link SpoolSegment} fills in the header. */
    ByteBuffer bytes() {
        return bytes;
    }

    int bodyBytes() {
        return bodyBytes;
    }

    /** Of the body up to the values. */
    int headCrc() {
        return headCrc;
    }

    int bodyCrc() {
        return bodyCrc;
    }

    /** Bytes that the frame takes in a segment. */
    int framedBytes() {
        return bytes.limit() - SpoolSegment.ALIGNMENT;
    }

    @Override
    public void close() {
        if (open && memory != null) {
            memory.close();
        }
        open = false;
    }
}
