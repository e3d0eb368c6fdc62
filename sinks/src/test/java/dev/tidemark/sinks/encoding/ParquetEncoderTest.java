// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.sinks.encoding.ObjectFormat.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

class ParquetEncoderTest extends EncoderContract {
    @Override
    Kind kind() {
        return Kind.PARQUET;
    }

    @Override
    List<Map<String, @Nullable Object>> read(byte[] file, List<Column> columns) throws IOException {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        try (ParquetFileReader reader = ParquetFileReader.open(new Bytes(file))) {
            MessageType schema = reader.getFileMetaData().getSchema();
            for (int i = 0; i < columns.size(); i++) {
                assertEquals(columns.get(i).id(), schema.getType(i).getId().intValue());
            }
            MessageColumnIO io = new ColumnIOFactory().getColumnIO(schema);
            for (PageReadStore pages = reader.readNextRowGroup(); pages != null; pages = reader.readNextRowGroup()) {
                RecordReader<Group> records = io.getRecordReader(pages, new GroupRecordConverter(schema));
                for (long i = 0; i < pages.getRowCount(); i++) {
                    Group group = records.read();
                    Map<String, @Nullable Object> row = new LinkedHashMap<>();
                    for (int c = 0; c < schema.getFieldCount(); c++) {
                        row.put(
                                schema.getFieldName(c),
                                group.getFieldRepetitionCount(c) == 0
                                        ? null
                                        : value(group, c, columns.get(c).type()));
                    }
                    rows.add(row);
                }
            }
        }
        return rows;
    }

    private static Object value(Group group, int field, ColumnType type) {
        return switch (type.kind()) {
            case BOOLEAN -> group.getBoolean(field, 0);
            case INT -> (long) group.getInteger(field, 0);
            case LONG -> group.getLong(field, 0);
            case FLOAT -> Double.parseDouble(Float.toString(group.getFloat(field, 0)));
            case DOUBLE -> group.getDouble(field, 0);
            case DECIMAL ->
                new BigDecimal(
                        switch (group.getType().getType(field).asPrimitiveType().getPrimitiveTypeName()) {
                            case INT32 -> BigInteger.valueOf(group.getInteger(field, 0));
                            case INT64 -> BigInteger.valueOf(group.getLong(field, 0));
                            default -> new BigInteger(group.getBinary(field, 0).getBytes());
                        },
                        type.scale());
            case STRING, JSON -> group.getString(field, 0);
            case BINARY -> new String(group.getBinary(field, 0).getBytes(), StandardCharsets.ISO_8859_1);
            case DATE -> LocalDate.ofEpochDay(group.getInteger(field, 0));
            case TIMESTAMP -> Instant.EPOCH.plus(group.getLong(field, 0), ChronoUnit.MICROS);
        };
    }

    @Override
    Map<String, String> facts(byte[] file) throws IOException {
        try (ParquetFileReader reader = ParquetFileReader.open(new Bytes(file))) {
            return reader.getFileMetaData().getKeyValueMetaData();
        }
    }

    /** A file in memory. */
    private static final class Bytes implements InputFile {
        private final byte[] bytes;

        Bytes(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public long getLength() {
            return bytes.length;
        }

        @Override
        public SeekableInputStream newStream() {
            Seekable in = new Seekable(bytes);
            return new DelegatingSeekableInputStream(in) {
                @Override
                public long getPos() {
                    return in.position();
                }

                @Override
                public void seek(long to) {
                    in.seek(to);
                }
            };
        }
    }

    private static final class Seekable extends ByteArrayInputStream {
        Seekable(byte[] bytes) {
            super(bytes);
        }

        long position() {
            return pos;
        }

        void seek(long to) {
            pos = (int) to;
        }
    }
}
