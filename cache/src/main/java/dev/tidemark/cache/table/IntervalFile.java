// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.RowBatch;
import java.io.Closeable;
import java.io.IOException;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.parquet.Parquet;

/** One Parquet file in the making, which takes the rows of one interval batch by batch. */
final class IntervalFile implements Closeable {
    private final DataWriter<VectorWriter.Row> writer;

    IntervalFile(Table table, Schema schema, String name, DictionaryChoice dictionaries) throws IOException {
        writer = Parquet.writeData(
                        table.io().newOutputFile(table.locationProvider().newDataLocation(name)))
                .forTable(table)
                .schema(schema)
                .setAll(dictionaries.settings())
                .createWriterFunc(VectorWriter::new)
                .build();
    }

    void write(RowBatch rows) {
        VectorWriter.Row row = new VectorWriter.Row(rows);
        for (int index = 0; index < rows.rows(); index++) {
            writer.write(row.at(index));
        }
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
