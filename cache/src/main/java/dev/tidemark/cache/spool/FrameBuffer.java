// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.RowBatch;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A frame on its way to the disk: room for its header, its body, zeros up to the boundary of the next one.
 *
 * <p>The producer's thread makes it, body and checksum and all, so that the one writer only fills in the header and
 * writes it as it is. Rows lie outside the heap; who takes the buffer over closes it.
 */
final class FrameBuffer implements AutoCloseable {
    private final ByteBuffer bytes;
    private final int bodyBytes;
    private final int bodyCrc;
    private final @Nullable ArrowBuf memory;
    private boolean open = true;

    /** The body lies behind the header's room, up to the position of {@code bytes}. */
    private FrameBuffer(ByteBuffer bytes, @Nullable ArrowBuf memory) {
        this.bodyBytes = bytes.position() - SpoolSegment.HEADER_BYTES;
        while (bytes.position() % SpoolSegment.ALIGNMENT != 0) {
            bytes.put((byte) 0);
        }
        this.bytes = bytes.flip();
        this.memory = memory;
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(SpoolSegment.HEADER_BYTES, bodyBytes));
        this.bodyCrc = (int) crc.getValue();
    }

    /** A frame with such a body, on the heap. */
    static FrameBuffer of(byte[] body) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(SpoolSegment.framed(body.length)));
        return new FrameBuffer(
                bytes.put(SpoolSegment.HEADER_BYTES, body).position(SpoolSegment.HEADER_BYTES + body.length), null);
    }

    /** A frame with the rows of a batch. */
    static FrameBuffer of(RowsBody body, RowBatch batch, BufferAllocator allocator) {
        long room = SpoolSegment.framed(Math.toIntExact(body.bytesMax() + Columns.bytesMax(batch)));
        ArrowBuf memory = allocator.buffer(room);
        try {
            ByteBuffer bytes = memory.nioBuffer(0, Math.toIntExact(room)).position(SpoolSegment.HEADER_BYTES);
            body.write(bytes);
            Columns.write(batch, bytes);
            return new FrameBuffer(bytes, memory);
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    /** Header, body and zeros, to be written as they are; {@link SpoolSegment} fills in the header. */
    ByteBuffer bytes() {
        return bytes;
    }

    int bodyBytes() {
        return bodyBytes;
    }

    int bodyCrc() {
        return bodyCrc;
    }

    /** Bytes that the frame takes in a segment. */
    int framedBytes() {
        return bytes.limit();
    }

    @Override
    public void close() {
        if (open && memory != null) {
            memory.close();
        }
        open = false;
    }
}
