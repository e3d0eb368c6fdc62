// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.cache.Column;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the operator wrote down about one dataset.
 *
 * @param columns unassigned, in the order in which they were written
 * @param timestamp the event-time column
 * @param partitionBy the column whose value is a row's partition
 */
public record Declared(
        List<Column> columns,
        @Nullable String timestamp,
        @Nullable String partitionBy) {
    public Declared {
        columns = List.copyOf(columns);
    }
}
