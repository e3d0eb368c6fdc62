// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.IOException;
import java.nio.ByteBuffer;

/** One open file of a {@link Disk}. Reads may run beside a write. */
public interface DiskFile extends ReadableFile {
    /** Writes all of {@code source} at {@code position}. */
    void write(ByteBuffer source, long position) throws IOException;

    /** After this returns, what was written before it survives a power cut (fdatasync). */
    void sync() throws IOException;

    void truncate(long size) throws IOException;
}
