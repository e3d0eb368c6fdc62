// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Bytes on their way into a temporary file, which nobody needs after a crash and which is therefore not synced. */
final class SpillStream extends OutputStream {
    private static final int BUFFER_BYTES = 64 << 10;

    private final DiskFile file;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private long end;

    SpillStream(DiskFile file) {
        this.file = file;
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
    public void flush() throws IOException {
        buffer.flip();
        int count = buffer.remaining();
        file.write(buffer, end);
        end += count;
        buffer.clear();
    }

    @Override
    public void close() throws IOException {
        try (file) {
            flush();
        }
    }
}
