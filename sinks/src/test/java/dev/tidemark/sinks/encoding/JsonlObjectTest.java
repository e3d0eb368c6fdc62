// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.sinks.encoding.ObjectFormat.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

class JsonlObjectTest extends EncoderContract {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    @Override
    Kind kind() {
        return Kind.JSONL;
    }

    @Override
    List<Map<String, @Nullable Object>> read(byte[] file, List<Column> columns) throws IOException {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (String line : new String(file, StandardCharsets.UTF_8).strip().split("\n", -1)) {
            JsonNode read = JSON.readTree(line);
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            for (Column column : columns) {
                JsonNode value = read.get(column.name());
                if (value != null) {
                    row.put(column.name(), value.isNull() ? null : ofText(text(value, column.type()), column.type()));
                }
            }
            rows.add(row);
        }
        return rows;
    }

    private static String text(JsonNode value, ColumnType type) {
        return type.equals(ColumnType.JSON) ? value.toString() : value.asText();
    }
}
