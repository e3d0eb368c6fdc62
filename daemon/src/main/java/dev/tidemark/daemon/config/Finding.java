// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with a file, and where.
 *
 * @param hint what was probably meant, or what to do instead
 */
public record Finding(
        String file,
        int line,
        int column,
        String message,
        @Nullable String hint) {
    @Override
    public String toString() {
        String where = file + ":" + line + ":" + column + ": error: " + message;
        return hint == null ? where : where + " (" + hint + ")";
    }
}
