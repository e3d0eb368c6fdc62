// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.sinks.testing.Batches;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JsonlEncoderTest {
    private static final long NEW_YEAR = 1_767_225_600_000_000L;

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void everythingIsGivenBack() {
        memory.close();
    }

    @Test
    void everyTypeIsWrittenAsReadersExpectIt() throws IOException {
        assertEquals("{\"v\":true}", written("boolean", true));
        assertEquals("{\"v\":-7}", written("int", -7));
        assertEquals("{\"v\":9223372036854775807}", written("long", Long.MAX_VALUE));
        assertEquals("{\"v\":-9223372036854775808}", written("long", Long.MIN_VALUE));
        assertEquals("{\"v\":\"2026-01-01\"}", written("date", 20_454));
        assertEquals("{\"v\":\"1969-12-31\"}", written("date", -1));
        assertEquals("{\"v\":\"AAEC/w==\"}", written("binary", new byte[] {0, 1, 2, (byte) 0xFF}));
    }

    @Test
    void aFloatAlwaysHasAFractionOrAnExponent() throws IOException {
        assertEquals("{\"v\":5.0}", written("double", 5.0));
        assertEquals("{\"v\":5.0}", written("float", 5.0f));
        assertEquals("{\"v\":0.1}", written("float", 0.1f));
        assertEquals("{\"v\":1.0E300}", written("double", 1e300));
        assertEquals("{\"v\":-0.0}", written("double", -0.0));
        assertEquals("{\"v\":9.007199254740992E15}", written("double", 9007199254740992.0));
    }

    @Test
    void aDecimalThatADoubleCannotHoldIsAString() throws IOException {
        assertEquals("{\"v\":12345.67}", written("decimal(15,2)", new BigDecimal("12345.67")));
        assertEquals("{\"v\":\"12345.67\"}", written("decimal(16,2)", new BigDecimal("12345.67")));
        assertEquals(
                "{\"v\":\"99999999999999999999999999999999999999\"}",
                written("decimal(38,0)", new BigDecimal("99999999999999999999999999999999999999")));
        assertEquals("{\"v\":0.0000000001}", written("decimal(15,10)", new BigDecimal("0.0000000001")));
    }

    @Test
    void aTimestampHasSixDigitsAndAZ() throws IOException {
        assertEquals("{\"v\":\"2026-01-01T00:00:00.000000Z\"}", written("timestamp", NEW_YEAR));
        assertEquals("{\"v\":\"2026-01-01T13:14:15.000123Z\"}", written("timestamp", NEW_YEAR + 47_655_000_123L));
        assertEquals("{\"v\":\"1969-12-31T23:59:59.999999Z\"}", written("timestamp", -1L));
    }

    @Test
    void textIsEscapedAndKeepsItsCharacters() throws IOException {
        assertEquals("{\"v\":\"a\\\"b\\\\c\\nd\\te\\u0001\"}", written("string", "a\"b\\c\nd\te\u0001"));
        assertEquals("{\"v\":\"grün 潮 \uD83C\uDF0A\"}", written("string", "grün 潮 \uD83C\uDF0A"));
        assertEquals("{\"v\":\"\"}", written("string", ""));
    }

    @Test
    void jsonIsWrittenAsJsonOnOneLine() throws IOException {
        assertEquals("{\"v\":{\"a\":[1,2.50]}}", written("json", "{\"a\":[1,2.50]}"));
        assertEquals("{\"v\":{  \"a\" :1 }}", written("json", "{\n \"a\"\r:1 }"));
    }

    @Test
    void nullsArePresentAndColumnsKeepTheirOrder() throws IOException {
        Dataset dataset = dataset("b", "long", "a", "string", "c", "double");
        assertEquals(
                "{\"b\":null,\"a\":\"x\",\"c\":null}\n{\"b\":2,\"a\":null,\"c\":1.5}\n",
                encoded(Hidden.LEFT_OUT, dataset, Map.of("a", "x"), Map.of("b", 2L, "c", 1.5)));
    }

    @Test
    void hiddenColumnsComeFirst() throws IOException {
        assertEquals("""
                {"_ingest_seq":1,"_ingest_time":"2026-01-01T00:00:00.000000Z","v":1}
                {"_ingest_seq":2,"_ingest_time":"2026-01-01T00:00:00.000000Z","v":null}
                """, encoded(Hidden.SHOWN, dataset("v", "long"), Map.of("v", 1L), Map.of()));
    }

    @Test
    void onlyARowFromAnotherCacheSaysWhereFrom() throws IOException {
        Dataset dataset = dataset("v", "long");
        List<Batches.Row> rows =
                List.of(new Batches.Row(1, NEW_YEAR, Map.of()), new Batches.Row(2, NEW_YEAR, Map.of()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (RowBatch batch = Batches.received(Batches.of(memory, dataset, rows), memory, 1, "first", -7)) {
            new JsonlEncoder(Hidden.SHOWN).encode(batch, out);
            new JsonlEncoder(Hidden.LEFT_OUT).encode(batch, out);
        }
        assertEquals("""
                {"_ingest_seq":1,"_ingest_time":"2026-01-01T00:00:00.000000Z","v":null}
                {"_ingest_seq":2,"_ingest_time":"2026-01-01T00:00:00.000000Z","_origin":"first","_origin_seq":-7,"v":null}
                {"v":null}
                {"v":null}
                """, out.toString(StandardCharsets.UTF_8));
    }

    private String written(String type, Object value) throws IOException {
        return encoded(Hidden.LEFT_OUT, dataset("v", type), Map.of("v", value)).stripTrailing();
    }

    @SafeVarargs
    private String encoded(Hidden hidden, Dataset dataset, Map<String, Object>... rows) throws IOException {
        List<Batches.Row> stamped = new ArrayList<>();
        for (Map<String, Object> row : rows) {
            stamped.add(new Batches.Row(stamped.size() + 1L, NEW_YEAR, row));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (RowBatch batch = Batches.of(memory, dataset, stamped)) {
            new JsonlEncoder(hidden).encode(batch, out);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Dataset dataset(String... namesAndTypes) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < namesAndTypes.length; i += 2) {
            columns.add(new Column(i + 1, namesAndTypes[i], ColumnType.parse(namesAndTypes[i + 1]), false, false));
        }
        return new Dataset("logs", 1, columns, null, null);
    }
}
