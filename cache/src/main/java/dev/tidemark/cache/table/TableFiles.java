// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The live files of a table at one moment.
 *
 * @param hindrance why none of them may be rewritten, or null
 */
public record TableFiles(List<TableFile> files, @Nullable String hindrance) {
    public TableFiles {
        files = List.copyOf(files);
    }
}
