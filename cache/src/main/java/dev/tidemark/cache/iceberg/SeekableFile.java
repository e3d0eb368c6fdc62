// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.iceberg;

import dev.tidemark.cache.files.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.iceberg.io.SeekableInputStream;

/** A file as Iceberg reads it, through a buffer. Closing closes the file. */
public final class SeekableFile extends SeekableInputStream {
    private static final int BUFFER_BYTES = 1 << 16;

    private final ReadableFile file;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
    private long bufferStart;

    public SeekableFile(ReadableFile file) {
        this.file = file;
    }

    @Override
    public long getPos() {
        return bufferStart + buffer.position();
    }

    @Override
    public void seek(long position) {
        if (position >= bufferStart && position <= bufferStart + buffer.limit()) {
            buffer.position((int) (position - bufferStart));
        } else {
            bufferStart = position;
            buffer.position(0).limit(0);
        }
    }

    @Override
    public int read() throws IOException {
        return fill() ? buffer.get() & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!buffer.hasRemaining() && length >= BUFFER_BYTES) {
            long position = getPos();
            int count = file.read(ByteBuffer.wrap(target, offset, length), position);
            seek(position + Math.max(count, 0));
            return count <= 0 ? -1 : count;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, buffer.remaining());
        buffer.get(target, offset, count);
        return count;
    }

    private boolean fill() throws IOException {
        if (!buffer.hasRemaining()) {
            bufferStart += buffer.limit();
            buffer.clear();
            file.read(buffer, bufferStart);
            buffer.flip();
        }
        return buffer.hasRemaining();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
