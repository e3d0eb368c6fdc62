// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Bytes on their way into a new file, through a buffer; many at once, from a buffer of their own, go past it. Closing closes the
 * file, and syncs nothing.
 */
public final class DiskOutput extends OutputStream implements WritableByteChannel {
    private static final int BUFFER_BYTES = 64 << 10;

    private final DiskFile file;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private long end;
    private boolean closed;

    public DiskOutput(DiskFile file) {
        this.file = file;
    }

    /** Bytes taken so far. */
    public long position() {
        return end + buffer.position();
    }

    @Override
    public void write(int b) throws IOException {
        if (!buffer.hasRemaining()) {
            flush();
        }
        buffer.put((byte) b);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        if (count > buffer.remaining()) {
            flush();
        }
        if (count > buffer.capacity()) {
            file.write(ByteBuffer.wrap(bytes, from, count), end);
            end += count;
        } else {
            buffer.put(bytes, from, count);
        }
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        int count = bytes.remaining();
        if (count > buffer.remaining()) {
            flush();
        }
        if (count > buffer.capacity()) {
            file.write(bytes, end);
            end += count;
        } else {
            buffer.put(bytes);
        }
        return count;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void flush() throws IOException {
        if (buffer.position() == 0) {
            return;
        }
        buffer.flip();
        int count = buffer.remaining();
        file.write(buffer, end);
        end += count;
        buffer.clear();
    }

    /** After this returns, what was taken before it survives a power cut. */
    public void sync() throws IOException {
        flush();
        file.sync();
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (file) {
            flush();
        }
    }
}
