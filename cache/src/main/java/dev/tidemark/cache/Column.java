// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * One column of a dataset.
 *
 * @param id the Iceberg field id, given once when the column is accepted; {@link #UNASSIGNED} in a proposal
 * @param required whether every row must have a value
 * @param declared whether the operator wrote it down, rather than a row having shown it
 */
public record Column(int id, String name, ColumnType type, boolean required, boolean declared) {
    public static final int UNASSIGNED = 0;

    private static final List<String> HIDDEN_PREFIXES = List.of("_ingest_", "_legacy_", "_origin");

    /** What readers of Iceberg tables take for something of the table's own. */
    private static final Set<String> METADATA = Set.of(
            "_file",
            "_pos",
            "_deleted",
            "_spec_id",
            "_partition",
            "_row_id",
            "_last_updated_sequence_number",
            "_change_type",
            "_change_ordinal",
            "_commit_snapshot_id");

    /** Whether no row may show a column of this name, because it means something else here or in an Iceberg table. */
    public static boolean isReserved(String name) {
        String folded = name.toLowerCase(Locale.ROOT);
        return METADATA.contains(folded) || HIDDEN_PREFIXES.stream().anyMatch(folded::startsWith);
    }

    /** A column that rows have shown and the cache has not accepted yet. */
    public static Column inferred(String name, ColumnType type) {
        return new Column(UNASSIGNED, name, type, false, false);
    }

    /** The vector of this column in a batch. */
    public Field field() {
        return Field.nullable(name, type.arrow());
    }

    /** The same column with a type that takes more. */
    public Column widenedTo(ColumnType wider) {
        if (!type.widensTo(wider)) {
            throw new IllegalArgumentException("a column of type " + type + " does not become " + wider);
        }
        return new Column(id, name, wider, required, declared);
    }

    /** Whether this is the other column, as it is or with a type that takes more. */
    public boolean isOrWidens(Column other) {
        return equals(other) || (other.type.widensTo(type) && equals(other.widenedTo(type)));
    }

    public Column withId(int assigned) {
        return new Column(assigned, name, type, required, declared);
    }
}
