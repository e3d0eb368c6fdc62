// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file that can be read from anywhere, wherever it lies. */
public interface ReadableFile extends Closeable {
    /** Fills what is left of {@code target} from {@code position}; the number of bytes read, less only at the end. */
    int read(ByteBuffer target, long position) throws IOException;

    long size() throws IOException;
}
