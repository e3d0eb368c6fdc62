// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** One open file of a {@link Disk}. Reads may run beside a write. */
public interface DiskFile extends Closeable {
    /** Fills what is left of {@code target} from {@code position}; the number of bytes read, less only at the end. */
    int read(ByteBuffer target, long position) throws IOException;

    /** Writes all of {@code source} at {@code position}. */
    void write(ByteBuffer source, long position) throws IOException;

    /** After this returns, what was written before it survives a power cut (fdatasync). */
    void sync() throws IOException;

    long size() throws IOException;

    void truncate(long size) throws IOException;
}
