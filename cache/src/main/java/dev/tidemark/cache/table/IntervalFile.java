// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.RowBatch;
import java.io.Closeable;
import java.io.IOException;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.parquet.Parquet;
import org.jspecify.annotations.Nullable;

/** One Parquet file in the making, which takes the rows of one interval batch by batch. */
final class IntervalFile implements Closeable {
    private final Table table;
    private final Schema schema;
    private final OutputFile target;
    private @Nullable DataWriter<VectorWriter.Row> writer;

    IntervalFile(Table table, Schema schema, String name) {
        this.table = table;
        this.schema = schema;
        this.target = table.io().newOutputFile(table.locationProvider().newDataLocation(name));
    }

    void write(RowBatch rows) throws IOException {
        if (writer == null) {
            writer = Parquet.writeData(target)
                    .forTable(table)
                    .schema(schema)
                    .setAll(DictionaryChoice.of(rows))
                    .createWriterFunc(VectorWriter::new)
                    .build();
        }
        VectorWriter.Row row = new VectorWriter.Row(rows);
        for (int index = 0; index < rows.rows(); index++) {
            writer.write(row.at(index));
        }
    }

    /** The file as it will be committed; its bytes and its name are on disk. */
    DataFile finish() throws IOException {
        if (writer == null) {
            throw new IllegalStateException("an interval has rows");
        }
        writer.close();
        return writer.toDataFile();
    }

    @Override
    public void close() throws IOException {
        if (writer != null) {
            writer.close();
        }
    }
}
