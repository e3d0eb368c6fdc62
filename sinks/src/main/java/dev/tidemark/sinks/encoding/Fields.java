// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * The columns of a format whose rows all have the same ones: the hidden ones where they are shown, then the user's in
 * schema order.
 *
 * <p>Ids are those of the cache's table, so that a file means the same columns wherever it is taken.
 */
final class Fields {
    private static final List<Column> HIDDEN = List.of(
            new Column(1, RowBatch.SEQUENCE, ColumnType.LONG, false, true),
            new Column(2, RowBatch.INGEST_TIME, ColumnType.TIMESTAMP, false, true),
            new Column(3, RowBatch.LEGACY_ORDINAL, ColumnType.LONG, false, true),
            new Column(4, RowBatch.ORIGIN, ColumnType.STRING, false, true),
            new Column(Dataset.HIDDEN_COLUMNS, RowBatch.ORIGIN_SEQUENCE, ColumnType.LONG, false, true));

    private Fields() {}

    static List<Column> of(Dataset dataset, Hidden hidden) {
        List<Column> columns = new ArrayList<>(hidden == Hidden.SHOWN ? HIDDEN : List.of());
        columns.addAll(dataset.columns());
        return columns;
    }
}
