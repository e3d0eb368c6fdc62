// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One dataset at one version of its schema.
 *
 * <p>A dataset is also how a writer proposes a change: a value whose {@code version} is the one the writer saw, with
 * further columns whose id is {@link Column#UNASSIGNED}. {@link Cache#append} gives the ids and the next version, or
 * answers that the writer was {@link AppendOutcome.Outdated}.
 *
 * @param version 0 for a dataset that does not exist yet, then 1, 2, …
 * @param columns in schema order, hidden columns left out
 * @param partitionBy the column whose value is a row's partition; fixed by the first row
 * @param timestamp the event-time column
 */
public record Dataset(
        String name,
        int version,
        List<Column> columns,
        @Nullable String partitionBy,
        @Nullable String timestamp) {
    /** Field ids up to here are those of the hidden columns in the table. */
    public static final int HIDDEN_COLUMNS = 5;

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    public Dataset {
        if (!isName(name)) {
            throw new IllegalArgumentException("not a dataset name: " + name);
        }
        columns = List.copyOf(columns);
    }

    /** A dataset that nobody has written to. */
    public static Dataset unwritten(String name) {
        return new Dataset(name, 0, List.of(), null, null);
    }

    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    public Optional<Column> column(String columnName) {
        return columns.stream()
                .filter(column -> column.name().equals(columnName))
                .findFirst();
    }
}
