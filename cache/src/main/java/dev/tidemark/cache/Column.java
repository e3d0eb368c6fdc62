// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

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

    /** Names that start like this belong to Tidemark. */
    public static final char HIDDEN_PREFIX = '_';

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
