// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One dataset at one version of its schema.
 *
 * <p>A dataset is also how a writer proposes a change: a value whose {@code version} is the one the writer saw, with
 * further columns whose id is {@link Column#UNASSIGNED}, or with columns {@linkplain Column#widenedTo widened}. {@link Cache#append} gives the ids and the next version, or
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

    /**
     * The same dataset with these columns only, and with the partition column, without which nobody could tell whose
     * rows they are; it is for reading, never a proposal.
     */
    public Dataset only(Set<String> names) {
        return keeping(column -> names.contains(column.name()) || column.name().equals(partitionBy));
    }

    /** The same dataset with the columns that a wider, newer or narrower one has too. */
    public Dataset sharedWith(Dataset other) {
        Set<Integer> ids = other.ids();
        return keeping(column -> ids.contains(column.id()));
    }

    private Dataset keeping(Predicate<Column> kept) {
        List<Column> some = columns.stream().filter(kept).toList();
        return some.size() == columns.size() ? this : new Dataset(name, version, some, partitionBy, timestamp);
    }

    private Set<Integer> ids() {
        return columns.stream().map(Column::id).collect(Collectors.toSet());
    }

    public Optional<Column> column(String columnName) {
        return columns.stream()
                .filter(column -> column.name().equals(columnName))
                .findFirst();
    }
}
