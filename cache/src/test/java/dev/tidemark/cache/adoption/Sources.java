// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.adoption;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Files as other programs write them: with a text {@code who} and a number {@code n}. */
public final class Sources {
    private static final int ROW_GROUP_BYTES = 4096;

    private Sources() {}

    /** A file without field ids, as most programs write it; {@code n} counts up. */
    public static Path plain(Path file, long from, int rows, String... who) throws IOException {
        return plain(file, "required int64 n", from, rows, who);
    }

    public static Path plain(Path file, String column, long from, int rows, String... who) throws IOException {
        MessageType type =
                MessageTypeParser.parseMessageType("message rows { optional binary who (STRING); " + column + "; }");
        String number = column.substring(column.lastIndexOf(' ') + 1);
        boolean narrow = column.contains("int32");
        SimpleGroupFactory groups = new SimpleGroupFactory(type);
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withConf(new PlainParquetConfiguration())
                .withType(type)
                .withRowGroupSize((long) ROW_GROUP_BYTES)
                .build()) {
            for (int row = 0; row < rows; row++) {
                Group group = groups.newGroup();
                String value = who[row % who.length];
                if (!value.isEmpty()) {
                    group.append("who", value);
                }
                if (narrow) {
                    group.append(number, Math.toIntExact(from + row));
                } else {
                    group.append(number, from + row);
                }
                writer.write(group);
            }
        }
        return file;
    }

    /** A file as Iceberg's engines write it, with field ids of their own. */
    public static Path withIds(Path file, Schema schema, List<Map<String, Object>> rows) throws IOException {
        FileAppender<Record> writer = Parquet.write(org.apache.iceberg.Files.localOutput(file.toFile()))
                .schema(schema)
                .createWriterFunc(GenericParquetWriter::create)
                .overwrite()
                .build();
        try (writer) {
            for (Map<String, Object> row : rows) {
                GenericRecord record = GenericRecord.create(schema);
                row.forEach(record::setField);
                writer.add(record);
            }
        }
        return file;
    }

    public static NestedField optional(int id, String name, org.apache.iceberg.types.Type type) {
        return Types.NestedField.optional(id, name, type);
    }
}
