// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.IOException;
import java.nio.file.Path;

/** A state file is damaged, of another kind, or of a newer version. It is left as it is. */
public final class StateException extends IOException {
    private static final long serialVersionUID = 1L;

    public StateException(Path file, String what) {
        super(file + ": " + what);
    }
}
