// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A file, or a part of one, read from its beginning, without a buffer. Closing closes the file. */
public final class DiskInput extends InputStream {
    private static final long UNTIL_IT_ENDS = Long.MAX_VALUE;

    private final DiskFile file;
    private final long end;
    private long at;

    public DiskInput(DiskFile file) {
        this(file, 0, UNTIL_IT_ENDS);
    }

    /** The bytes from one place to another, which the file must have. */
    public DiskInput(DiskFile file, long from, long end) {
        this.file = file;
        this.at = from;
        this.end = end;
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
        int wanted = (int) Math.min(count, end - at);
        if (wanted == 0) {
            return -1;
        }
        int read = file.read(ByteBuffer.wrap(bytes, offset, wanted), at);
        if (read > 0) {
            at += read;
            return read;
        }
        if (end != UNTIL_IT_ENDS) {
            throw new EOFException("the file ends at " + at + ", and had " + end + " bytes");
        }
        return -1;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
