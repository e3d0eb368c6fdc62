// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A file of the disk, read from its beginning; whoever opened it closes it. */
public final class DiskInput extends InputStream {
    private final DiskFile file;
    private long at;

    public DiskInput(DiskFile file) {
        this.file = file;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
        if (count == 0) {
            return 0;
        }
        int read = file.read(ByteBuffer.wrap(bytes, offset, count), at);
        if (read <= 0) {
            return -1;
        }
        at += read;
        return read;
    }
}
