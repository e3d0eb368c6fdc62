// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.iceberg.FieldMetrics;
import org.apache.iceberg.Schema;
import org.apache.iceberg.parquet.ParquetValueWriter;
import org.apache.iceberg.parquet.TripleWriter;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows from Arrow vectors straight into Parquet's columns, with no object for a row.
 *
 * <p>Columns are matched by name; one that a batch does not have is null.
 */
final class VectorWriter implements ParquetValueWriter<VectorWriter.Row> {
    private final List<ColumnSource> sources = new ArrayList<>();
    private @Nullable Row bound;

    /** Points at one row of a batch; moved on rather than made anew, but made for each batch. */
    static final class Row {
        private final VectorSchemaRoot batch;
        private int index;

        Row(VectorSchemaRoot batch) {
            this.batch = batch;
        }

        Row at(int row) {
            index = row;
            return this;
        }
    }

    VectorWriter(Schema schema, MessageType file) {
        List<ColumnDescriptor> columns = file.getColumns();
        for (int i = 0; i < columns.size(); i++) {
            sources.add(ColumnSource.of(schema.columns().get(i), columns.get(i)));
        }
    }

    @Override
    public void setColumnStore(ColumnWriteStore store) {
        sources.forEach(source -> source.writeTo(store));
    }

    @Override
    public void write(int repetitionLevel, Row row) {
        if (row != bound) {
            bound = row;
            for (ColumnSource source : sources) {
                source.read(row.batch);
            }
        }
        for (int i = 0; i < sources.size(); i++) {
            sources.get(i).write(row.index);
        }
    }

    /** What Parquet's own statistics do not tell: how many values are not a number. */
    @Override
    public Stream<FieldMetrics<?>> metrics() {
        return sources.stream().flatMap(ColumnSource::metrics);
    }

    /** Asked for by writers of nested types, of which there are none. */
    @Override
    public List<TripleWriter<?>> columns() {
        return List.of();
    }
}
