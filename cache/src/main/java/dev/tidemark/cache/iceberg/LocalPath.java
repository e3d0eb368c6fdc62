// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.iceberg;

import java.nio.file.Path;

/** Where a file of a table lies that is named by an absolute path, or by a {@code file:} that another engine wrote. */
public final class LocalPath {
    private static final String SCHEME = "file:";

    private LocalPath() {}

    public static Path of(String location) {
        return Path.of(
                location.startsWith(SCHEME)
                        ? location.substring(SCHEME.length()).replaceFirst("^/+", "/")
                        : location);
    }
}
