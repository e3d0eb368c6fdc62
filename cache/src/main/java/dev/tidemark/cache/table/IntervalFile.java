// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.RowBatch;
import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.parquet.Parquet;
import org.apache.parquet.hadoop.ParquetOutputFormat;

/**
 * One Parquet file in the making, which takes the rows of one interval batch by batch.
 *
 * <p>It holds one row group, of whatever columns and however long values: how much that is gets looked at as often as large
 * rows want it, and all dictionaries share a room.
 */
final class IntervalFile implements Closeable {
    private static final long UNCHECKED_BYTES = 4 << 20;
    private static final int UNCHECKED_ROWS_MAX = 10_000;
    private static final int UNCHECKED_ROWS_USUAL = 100;
    private static final int DICTIONARIES_BYTES = 8 << 20;
    private static final int DICTIONARY_BYTES_MAX = 1 << 20;

    private final DataWriter<VectorWriter.Row> writer;

    /** @param bytesOfRow about how many bytes a row has where rows are largest */
    IntervalFile(Table table, Schema schema, String name, DictionaryChoice dictionaries, long bytesOfRow)
            throws IOException {
        this(
                table,
                schema,
                table.io().newOutputFile(table.locationProvider().newDataLocation(name)),
                dictionaries,
                bytesOfRow);
    }

    IntervalFile(Table table, Schema schema, OutputFile file, DictionaryChoice dictionaries, long bytesOfRow)
            throws IOException {
        writer = Parquet.writeData(file)
                .forTable(table)
                .schema(schema)
                .setAll(dictionaries.settings())
                .setAll(bounds(schema.columns().size(), bytesOfRow))
                .createWriterFunc(VectorWriter::new)
                .build();
    }

    private static Map<String, String> bounds(int columns, long bytesOfRow) {
        long unchecked = Math.clamp(UNCHECKED_BYTES / Math.max(1, bytesOfRow), 1, UNCHECKED_ROWS_MAX);
        return Map.of(
                TableProperties.PARQUET_ROW_GROUP_CHECK_MIN_RECORD_COUNT,
                Long.toString(Math.min(unchecked, UNCHECKED_ROWS_USUAL)),
                TableProperties.PARQUET_ROW_GROUP_CHECK_MAX_RECORD_COUNT,
                Long.toString(unchecked),
                TableProperties.PARQUET_DICT_SIZE_BYTES,
                Integer.toString(Math.min(DICTIONARY_BYTES_MAX, DICTIONARIES_BYTES / columns)),
                ParquetOutputFormat.ENABLE_DICTIONARY,
                Boolean.toString(columns <= DictionaryChoice.COLUMNS_MAX));
    }

    void write(RowBatch rows) {
        write(rows.vectors());
    }

    void write(VectorSchemaRoot rows) {
        VectorWriter.Row row = new VectorWriter.Row(rows);
        for (int index = 0; index < rows.getRowCount(); index++) {
            writer.write(row.at(index));
        }
    }

    /** How many bytes it has so far, about. */
    long length() {
        return writer.length();
    }

    /** The file as it will be committed; its bytes and its name are on disk. */
    DataFile finish() throws IOException {
        writer.close();
        return writer.toDataFile();
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
