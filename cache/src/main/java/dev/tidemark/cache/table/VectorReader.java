// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.apache.iceberg.parquet.VectorizedReader;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ColumnPath;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * Opens the row groups of one file, one at a time, for the columns that are wanted.
 *
 * <p>Columns are matched by field id. Iceberg asks for "a batch"; what it gets is a whole {@link RowGroup}, which gives
 * its rows in pieces.
 */
final class VectorReader implements VectorizedReader<RowGroup> {
    private final RowOrder order;
    private final List<@Nullable ColumnDescriptor> columns = new ArrayList<>();
    private @Nullable PageReadStore pages;
    private long bytes;

    VectorReader(RowOrder order, Schema wanted, MessageType file) {
        this.order = order;
        for (NestedField field : wanted.columns()) {
            columns.add(find(file, field.fieldId()));
        }
    }

    private static @Nullable ColumnDescriptor find(MessageType file, int id) {
        return file.getFields().stream()
                .filter(type -> type.getId() != null && type.getId().intValue() == id)
                .map(type -> file.getColumnDescription(new String[] {type.getName()}))
                .findFirst()
                .orElse(null);
    }

    @Override
    public void setRowGroupInfo(PageReadStore source, Map<ColumnPath, ColumnChunkMetaData> metadata) {
        pages = source;
        bytes = metadata.values().stream()
                .mapToLong(ColumnChunkMetaData::getTotalUncompressedSize)
                .sum();
    }

    @Override
    public RowGroup read(@Nullable RowGroup last, int rows) {
        if (pages == null) {
            throw new IllegalStateException("no row group was opened");
        }
        return new RowGroup(order, columns, pages, rows, bytes);
    }

    @Override
    public void setBatchSize(int rows) {
        // A row group is one batch.
    }

    @Override
    public void close() {
        pages = null;
    }
}
