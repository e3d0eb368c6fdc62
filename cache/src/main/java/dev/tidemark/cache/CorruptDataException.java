// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Bytes on disk are not what was written; the file stays where it is. */
public final class CorruptDataException extends IOException {
    private static final long serialVersionUID = 1L;

    public CorruptDataException(Path file, long offset, String what) {
        this(file, offset, what, null);
    }

    public CorruptDataException(Path file, long offset, String what, @Nullable Throwable cause) {
        super(file + " at byte " + offset + ": " + what, cause);
    }
}
