// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import dev.tidemark.sinks.encoding.ObjectFormat.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

class CsvEncoderTest extends EncoderContract {
    @Override
    Kind kind() {
        return Kind.CSV;
    }

    @Override
    List<Map<String, @Nullable Object>> read(byte[] file, List<Column> columns) {
        List<List<@Nullable String>> lines = parse(new String(file, StandardCharsets.UTF_8));
        List<@Nullable String> header = lines.removeFirst();
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (List<@Nullable String> line : lines) {
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            for (int i = 0; i < line.size(); i++) {
                String text = line.get(i);
                row.put(
                        String.valueOf(header.get(i)),
                        text == null ? null : ofText(text, columns.get(i).type()));
            }
            rows.add(row);
        }
        return rows;
    }

    private static List<List<@Nullable String>> parse(String text) {
        List<List<@Nullable String>> lines = new ArrayList<>();
        List<@Nullable String> line = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        boolean open = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (open && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                field.append(c);
                i++;
            } else if (c == '"') {
                open = !open;
                quoted = true;
            } else if (open || (c != ',' && c != '\n')) {
                field.append(c);
            } else {
                line.add(quoted || !field.isEmpty() ? field.toString() : null);
                field.setLength(0);
                quoted = false;
                if (c == '\n') {
                    lines.add(line);
                    line = new ArrayList<>();
                }
            }
        }
        return lines;
    }
}
