// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.github.luben.zstd.ZstdInputStream;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.sinks.encoding.ObjectFormat.Kind;
import dev.tidemark.sinks.testing.Batches;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What every format of objects keeps: an independent reader finds the values that went in, in their order. */
abstract class EncoderContract {
    private static final long NEW_YEAR = 1_767_225_600_000_000L;
    private static final Map<String, String> FACTS = Map.of("tidemark-intent", "5e0c", "tidemark-rows", "3");
    private static final List<String> TYPES = List.of(
            "boolean",
            "int",
            "long",
            "float",
            "double",
            "decimal(9,2)",
            "decimal(18,3)",
            "decimal(38,10)",
            "string",
            "binary",
            "date",
            "timestamp",
            "json");

    private final RootAllocator memory = new RootAllocator();

    abstract Kind kind();

    /**
     * The rows of a file: values by column, in the order of the file, null where there is none. Whole numbers are longs,
     * others doubles or decimals, dates and times what they are, bytes their Latin-1 text.
     */
    abstract List<Map<String, @Nullable Object>> read(byte[] file, List<Column> columns) throws IOException;

    /** The facts that the file says of itself; null where the format has no place. */
    @Nullable
    Map<String, String> facts(byte[] file) throws IOException {
        return null;
    }

    @AfterEach
    void everythingIsGivenBack() {
        memory.close();
    }

    @Test
    void valuesAreReadAsTheyWere() throws IOException {
        Map<String, Object> low = new HashMap<>();
        low.put("boolean", false);
        low.put("int", Integer.MIN_VALUE);
        low.put("long", Long.MIN_VALUE);
        low.put("float", -0.1f);
        low.put("double", -1e-300);
        low.put("decimal(9,2)", new BigDecimal("-9999999.99"));
        low.put("decimal(18,3)", new BigDecimal("-999999999999999.999"));
        low.put("decimal(38,10)", new BigDecimal("-9999999999999999999999999999.9999999999"));
        low.put("string", "a\"b,c\nd\r e\u0001 grün 潮 \uD83C\uDF0A ");
        low.put("binary", new byte[] {0, 1, 2, (byte) 0xFF});
        low.put("date", -1);
        low.put("timestamp", -1L);
        low.put("json", "{\"a\":[1,2.25,\"x,\\\"y\\\"\"]}");
        Map<String, Object> high = new HashMap<>();
        high.put("boolean", true);
        high.put("int", Integer.MAX_VALUE);
        high.put("long", Long.MAX_VALUE);
        high.put("float", 5f);
        high.put("double", 9007199254740992.0);
        high.put("decimal(9,2)", new BigDecimal("0.01"));
        high.put("decimal(18,3)", new BigDecimal("999999999999999.999"));
        high.put("decimal(38,10)", new BigDecimal("0.0000000001"));
        high.put("string", "null");
        high.put("binary", "text".getBytes(StandardCharsets.US_ASCII));
        high.put("date", 20_454);
        high.put("timestamp", NEW_YEAR + 47_655_000_123L);
        high.put("json", "[]");
        holds(Hidden.LEFT_OUT, List.of(low, high));
    }

    @Test
    void nothingIsNotAnEmptyText() throws IOException {
        holds(Hidden.LEFT_OUT, List.of(Map.of(), Map.of("string", ""), Map.of("string", " "), Map.of("long", 0L)));
    }

    @Test
    void hiddenColumnsComeOnlyWhereTheyAreAskedFor() throws IOException {
        holds(Hidden.SHOWN, List.of(Map.of("long", 7L), Map.of()));
        Dataset dataset = dataset(List.of("long"));
        byte[] plain = encoded(new ObjectFormat(kind(), "none", Hidden.LEFT_OUT), dataset, List.of(Map.of()), 8);
        byte[] meta = encoded(new ObjectFormat(kind(), "none", Hidden.SHOWN), dataset, List.of(Map.of()), 8);
        assertEquals(
                List.of("long"),
                List.copyOf(read(plain, columns(dataset)).getFirst().keySet()));
        assertEquals(
                List.of("_ingest_seq", "_ingest_time"),
                read(meta, Fields.of(dataset, Hidden.SHOWN)).getFirst().keySet().stream()
                        .limit(2)
                        .toList());
    }

    @Test
    @Tag("I13")
    void manyRowsInManyBatchesStayInOrder() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < 30_000; i++) {
            byte[] noise = new byte[random.nextInt(700)];
            random.nextBytes(noise);
            rows.add(
                    random.nextInt(10) == 0
                            ? Map.of("long", (long) i)
                            : Map.of("long", (long) i, "binary", noise, "string", "of " + i % 7));
        }
        Dataset dataset = dataset(List.of("long", "binary", "string"));
        ObjectFormat format = new ObjectFormat(kind(), kind().usualCompression(), Hidden.LEFT_OUT);
        List<Map<String, @Nullable Object>> read =
                read(decompressed(encoded(format, dataset, rows, 2500), format), columns(dataset));
        assertEquals(expected(dataset, rows, Hidden.LEFT_OUT), read, "seed " + seed);
    }

    @Test
    @Tag("I8")
    @Tag("I13")
    void longTextsKeepTheirPlacesAmongShortOnesAndNone() throws IOException {
        String text = "0123456789abcdef".repeat(20_000);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            rows.add(Map.of("string", text.substring(i), "long", (long) i));
            rows.add(Map.of("string", i % 2 == 0 ? "" : "short"));
            rows.add(Map.of("long", -1L));
        }
        holds(Hidden.LEFT_OUT, rows);
    }

    @Test
    @Tag("I10")
    void aFileSaysWhatItIsWhereItsFormatHasAPlaceForThat() throws IOException {
        Dataset dataset = dataset(List.of("long"));
        byte[] file = encoded(new ObjectFormat(kind(), "none", Hidden.LEFT_OUT), dataset, List.of(Map.of()), 8);
        Map<String, String> facts = facts(file);
        if (facts != null) {
            FACTS.forEach((name, value) -> assertEquals(value, facts.get(name)));
        }
    }

    @Test
    @Tag("I8")
    void whatAnIntentRemembersNamesTheSameFormat() {
        for (String compression : kind().compressions()) {
            for (Hidden hidden : Hidden.values()) {
                ObjectFormat format = new ObjectFormat(kind(), compression, hidden);
                assertEquals(format, ObjectFormat.ofVersion(format.version()));
            }
        }
    }

    private void holds(Hidden hidden, List<Map<String, Object>> rows) throws IOException {
        Dataset dataset = dataset(TYPES);
        for (String compression : kind().compressions()) {
            ObjectFormat format = new ObjectFormat(kind(), compression, hidden);
            byte[] file = decompressed(encoded(format, dataset, rows, 8), format);
            List<Map<String, @Nullable Object>> read = read(file, Fields.of(dataset, hidden));
            List<Map<String, @Nullable Object>> expected = expected(dataset, rows, hidden);
            assertEquals(expected.size(), read.size(), compression);
            for (int i = 0; i < read.size(); i++) {
                Map<String, @Nullable Object> row = new LinkedHashMap<>(read.get(i));
                if (kind() == Kind.JSONL) {
                    // Only there do rows of one file differ in their columns.
                    expected.get(i).keySet().retainAll(row.keySet());
                }
                assertEquals(expected.get(i), row, compression);
            }
        }
    }

    private byte[] encoded(ObjectFormat format, Dataset dataset, List<Map<String, Object>> rows, int batchRows)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (RowEncoder.Encoding encoding = format.encoder().start(out)) {
            for (int from = 0; from < rows.size(); from += batchRows) {
                List<Batches.Row> stamped = new ArrayList<>();
                for (int i = from; i < Math.min(from + batchRows, rows.size()); i++) {
                    stamped.add(new Batches.Row(i + 1L, NEW_YEAR, rows.get(i)));
                }
                try (RowBatch batch = Batches.of(memory, dataset, stamped)) {
                    encoding.add(batch);
                }
            }
            encoding.seal(FACTS);
        }
        return out.toByteArray();
    }

    private byte[] decompressed(byte[] file, ObjectFormat format) throws IOException {
        if (kind() != Kind.JSONL && kind() != Kind.CSV) {
            return file;
        }
        InputStream bytes = new ByteArrayInputStream(file);
        try (InputStream plain = switch (format.compression()) {
            case "zstd" -> new ZstdInputStream(bytes);
            case "gzip" -> new GZIPInputStream(bytes);
            default -> bytes;
        }) {
            return plain.readAllBytes();
        }
    }

    private static List<Map<String, @Nullable Object>> expected(
            Dataset dataset, List<Map<String, Object>> rows, Hidden hidden) {
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            for (Column column : Fields.of(dataset, hidden)) {
                Object value = switch (column.name()) {
                    case RowBatch.SEQUENCE -> i + 1L;
                    case RowBatch.INGEST_TIME -> NEW_YEAR;
                    default -> rows.get(i).get(column.name());
                };
                row.put(column.name(), value == null ? null : plain(value, column.type()));
            }
            all.add(row);
        }
        return all;
    }

    private static Object plain(Object value, ColumnType type) {
        return switch (type.kind()) {
            case INT -> ((Integer) value).longValue();
            case FLOAT -> Double.parseDouble(value.toString());
            case DECIMAL -> ((BigDecimal) value).setScale(type.scale());
            case BINARY -> new String((byte[]) value, StandardCharsets.ISO_8859_1);
            case DATE -> LocalDate.ofEpochDay((Integer) value);
            case TIMESTAMP -> Instant.EPOCH.plus((Long) value, ChronoUnit.MICROS);
            case BOOLEAN, LONG, DOUBLE, STRING, JSON -> value;
        };
    }

    /** Reads a value that a format writes as text. */
    static Object ofText(String text, ColumnType type) {
        return switch (type.kind()) {
            case BOOLEAN -> Boolean.parseBoolean(text);
            case INT, LONG -> Long.parseLong(text);
            case FLOAT, DOUBLE -> Double.parseDouble(text);
            case DECIMAL -> new BigDecimal(text).setScale(type.scale());
            case STRING, JSON -> text;
            case BINARY -> new String(Base64.getDecoder().decode(text), StandardCharsets.ISO_8859_1);
            case DATE -> LocalDate.parse(text);
            case TIMESTAMP -> Instant.parse(text);
        };
    }

    private static List<Column> columns(Dataset dataset) {
        return Fields.of(dataset, Hidden.LEFT_OUT);
    }

    private static Dataset dataset(List<String> types) {
        List<Column> columns = new ArrayList<>();
        for (String type : types) {
            columns.add(new Column(6 + columns.size(), type, ColumnType.parse(type), false, false));
        }
        return new Dataset("logs", 1, columns, null, null);
    }
}
