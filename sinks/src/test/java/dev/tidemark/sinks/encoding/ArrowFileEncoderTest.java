// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.sinks.encoding.ObjectFormat.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.util.ByteArrayReadableSeekableByteChannel;
import org.jspecify.annotations.Nullable;

class ArrowFileEncoderTest extends EncoderContract {
    @Override
    Kind kind() {
        return Kind.ARROW;
    }

    @Override
    List<Map<String, @Nullable Object>> read(byte[] file, List<Column> columns) throws IOException {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        try (RootAllocator memory = new RootAllocator();
                ArrowFileReader reader = new ArrowFileReader(new ByteArrayReadableSeekableByteChannel(file), memory)) {
            while (reader.loadNextBatch()) {
                for (int i = 0; i < reader.getVectorSchemaRoot().getRowCount(); i++) {
                    Map<String, @Nullable Object> row = new LinkedHashMap<>();
                    List<FieldVector> vectors = reader.getVectorSchemaRoot().getFieldVectors();
                    for (int c = 0; c < vectors.size(); c++) {
                        Object value = vectors.get(c).getObject(i);
                        row.put(
                                vectors.get(c).getName(),
                                value == null
                                        ? null
                                        : plain(value, columns.get(c).type()));
                    }
                    rows.add(row);
                }
            }
        }
        return rows;
    }

    private static Object plain(Object value, ColumnType type) {
        return switch (type.kind()) {
            case INT -> ((Integer) value).longValue();
            case FLOAT -> Double.parseDouble(value.toString());
            case STRING, JSON -> value.toString();
            case BINARY -> new String((byte[]) value, StandardCharsets.ISO_8859_1);
            case DATE -> LocalDate.ofEpochDay((Integer) value);
            case TIMESTAMP -> Instant.EPOCH.plus((Long) value, ChronoUnit.MICROS);
            case BOOLEAN, LONG, DOUBLE, DECIMAL -> value;
        };
    }

    @Override
    Map<String, String> facts(byte[] file) throws IOException {
        try (RootAllocator memory = new RootAllocator();
                ArrowFileReader reader = new ArrowFileReader(new ByteArrayReadableSeekableByteChannel(file), memory)) {
            reader.getVectorSchemaRoot();
            return reader.getMetaData();
        }
    }
}
