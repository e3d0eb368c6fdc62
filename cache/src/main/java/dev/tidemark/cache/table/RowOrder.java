// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.RowBatch;

/** What tells a row's place among those of its kind: its sequence, or the ordinal of a legacy row. */
enum RowOrder {
    BY_SEQUENCE(RowBatch.SEQUENCE, 0),
    BY_ORDINAL(RowBatch.LEGACY_ORDINAL, 2);

    private final String columnName;
    private final int column;

    RowOrder(String columnName, int column) {
        this.columnName = columnName;
        this.column = column;
    }

    String columnName() {
        return columnName;
    }

    /** Which column of a batch it is. */
    int column() {
        return column;
    }
}
