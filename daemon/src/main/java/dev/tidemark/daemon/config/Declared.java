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
 * @param maxPartitions how many partitions the dataset may have
 */
public record Declared(
        List<Column> columns,
        @Nullable String timestamp,
        @Nullable String partitionBy,
        int maxPartitions,
        UnknownColumns unknownColumns,
        Numbers numbers) {
    public static final int MAX_PARTITIONS = 10_000;

    public Declared {
        columns = List.copyOf(columns);
    }

    /** With what is usual for everything else. */
    public Declared(List<Column> columns, @Nullable String timestamp, @Nullable String partitionBy) {
        this(columns, timestamp, partitionBy, MAX_PARTITIONS, UnknownColumns.ADD, Numbers.AUTO);
    }
}
