// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.Numbers;
import dev.tidemark.daemon.config.UnknownColumns;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One case of {@code rows.txt}, which says how it is written. */
final class DecodingCase {
    private final String title;
    private final List<Column> has = new ArrayList<>();
    private final List<Column> declared = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private final Map<String, String> columns = new LinkedHashMap<>();
    private BodyFormat format = BodyFormat.NDJSON;
    private UnknownColumns unknown = UnknownColumns.ADD;
    private Numbers numbers = Numbers.AUTO;
    private @Nullable String timestamp;
    private @Nullable String partitionBy;
    private @Nullable String eventTime;
    private @Nullable String refusal;

    private DecodingCase(String title) {
        this.title = title;
    }

    static List<DecodingCase> all() throws IOException {
        List<DecodingCase> cases = new ArrayList<>();
        try (InputStream table = DecodingCase.class.getResourceAsStream("rows.txt")) {
            if (table == null) {
                throw new IllegalStateException("rows.txt is not there");
            }
            String text = new String(table.readAllBytes(), StandardCharsets.UTF_8);
            for (String line : text.lines().toList()) {
                if (line.startsWith("== ")) {
                    cases.add(new DecodingCase(line.substring(3)));
                } else if (!line.isBlank() && !line.startsWith("#")) {
                    cases.getLast().add(line);
                }
            }
        }
        return cases;
    }

    String title() {
        return title;
    }

    byte[] body() {
        String text = String.join("\n", lines)
                .replace("\\r", "\r")
                .replace("\\b", "\uFEFF")
                .replace("\\0", "\0");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    BodyFormat format() {
        return format;
    }

    Dataset current() {
        if (has.isEmpty()) {
            return Dataset.unwritten("cases");
        }
        return new Dataset("cases", 1, has, null, null);
    }

    Optional<Declared> declaration() {
        return Optional.of(
                new Declared(declared, timestamp, partitionBy, List.of(), Declared.MAX_PARTITIONS, unknown, numbers));
    }

    /** Type and values of each column that is spoken of, as one text; "-" for one that must not be there. */
    Map<String, String> columns() {
        return columns;
    }

    Optional<String> eventTime() {
        return Optional.ofNullable(eventTime);
    }

    Optional<String> refusal() {
        return Optional.ofNullable(refusal);
    }

    private void add(String line) {
        String rest = line.substring(line.indexOf(' ') + 1);
        String verb = line.equals(">") ? ">" : line.substring(0, line.indexOf(' '));
        switch (verb) {
            case ">" -> lines.add(line.equals(">") ? "" : rest);
            case "has" -> has.add(new Column(has.size() + 1, first(rest), type(rest), false, false));
            case "declared" -> declared.add(declaredColumn(rest));
            case "format" -> format = BodyFormat.valueOf(rest.toUpperCase(Locale.ROOT));
            case "unknown" -> unknown = UnknownColumns.valueOf(rest.toUpperCase(Locale.ROOT));
            case "numbers" -> numbers = Numbers.valueOf(rest.toUpperCase(Locale.ROOT));
            case "timestamp" -> timestamp = rest;
            case "partition" -> partitionBy = rest;
            case "=" -> columns.put(rest.substring(0, rest.indexOf(' ')), rest.substring(rest.indexOf(' ') + 1));
            case "?" -> eventTime = rest;
            case "!" -> refusal = rest;
            default -> throw new IllegalStateException("rows.txt: " + line);
        }
    }

    private static Column declaredColumn(String rest) {
        boolean required = rest.endsWith(" required");
        String plain = required ? rest.substring(0, rest.lastIndexOf(' ')) : rest;
        return new Column(Column.UNASSIGNED, first(plain), type(plain), required, true);
    }

    private static String first(String rest) {
        return rest.substring(0, rest.lastIndexOf(' '));
    }

    private static ColumnType type(String rest) {
        return ColumnType.parse(rest.substring(rest.lastIndexOf(' ') + 1));
    }
}
