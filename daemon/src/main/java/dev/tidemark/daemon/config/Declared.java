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
 * @param lookup the columns by which the rows of exported tables are sorted
 * @param maxPartitions how many partitions the dataset may have
 */
public record Declared(
        List<Column> columns,
        @Nullable String timestamp,
        @Nullable String partitionBy,
        List<String> lookup,
        int maxPartitions,
        UnknownColumns unknownColumns,
        Numbers numbers) {
    public static final int MAX_PARTITIONS = 10_000;

    public Declared {
        columns = List.copyOf(columns);
        lookup = List.copyOf(lookup);
    }

    /** With what is usual for everything else. */
    public Declared(List<Column> columns, @Nullable String timestamp, @Nullable String partitionBy) {
        this(columns, timestamp, partitionBy, List.of(), MAX_PARTITIONS, UnknownColumns.ADD, Numbers.AUTO);
    }
}
