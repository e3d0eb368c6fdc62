// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.sinks.testing.Batches;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("I8")
class RowDigestTest {
    private static final Column A = new Column(1, "a", ColumnType.STRING, false, false);
    private static final Column N = new Column(2, "n", ColumnType.LONG, false, false);
    private static final Dataset NARROW = new Dataset("logs", 1, List.of(A), null, null);
    private static final Dataset WIDE = new Dataset("logs", 2, List.of(A, N), null, null);

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void everythingIsGivenBack() {
        memory.close();
    }

    @Test
    void theDigestDoesNotDependOnBatchesOrOnColumnsThatCameLater() {
        String once = digest(NARROW, List.of(row(1, "x"), row(2, "y"), row(5, "z")));

        assertEquals(once, batched(NARROW, List.of(List.of(row(1, "x")), List.of(row(2, "y"), row(5, "z")))));
        assertEquals(once, digest(WIDE, List.of(row(1, "x"), row(2, "y"), row(5, "z"))));
    }

    @Test
    void anIntKeepsItsDigestWhenItsColumnIsWidened() {
        Column small = new Column(2, "n", ColumnType.INT, false, false);
        Dataset before = new Dataset("logs", 1, List.of(small), null, null);
        Dataset after = new Dataset("logs", 2, List.of(N), null, null);

        assertEquals(
                digest(before, List.of(new Batches.Row(1, 0, Map.of("n", 7)))),
                digest(after, List.of(new Batches.Row(1, 0, Map.of("n", 7L)))));
    }

    @Test
    void anyOtherRowsHaveAnotherDigest() {
        Set<String> digests = new HashSet<>();
        digests.add(digest(NARROW, List.of(row(1, "x"), row(2, "y"))));
        digests.add(digest(NARROW, List.of(row(1, "x"), row(3, "y"))));
        digests.add(digest(NARROW, List.of(row(1, "y"), row(2, "x"))));
        digests.add(digest(NARROW, List.of(row(1, "x"), row(2, ""))));
        digests.add(digest(NARROW, List.of(row(1, "x"), new Batches.Row(2, 0, Map.of()))));
        digests.add(digest(NARROW, List.of(row(1, "x"))));
        digests.add(digest(NARROW, List.of(new Batches.Row(1, 9, Map.of("a", "x")))));
        assertEquals(7, digests.size());
    }

    @Test
    void whereARowCameFromCountsAndThatOthersCameFromNowhereDoesNot() {
        List<Batches.Row> rows = List.of(row(1, "x"), row(2, "y"));
        String local = digest(NARROW, rows);
        RowDigest one = new RowDigest();
        RowDigest other = new RowDigest();
        RowDigest none = new RowDigest();
        try (RowBatch first = Batches.received(Batches.of(memory, NARROW, rows), memory, 1, "first", 7);
                RowBatch second = Batches.received(Batches.of(memory, NARROW, rows), memory, 1, "first", 8);
                RowBatch third = Batches.of(memory, NARROW, rows).withOrigins(memory)) {
            one.add(first);
            other.add(second);
            none.add(third);
        }
        assertEquals(3, Set.of(local, one.finish(), other.finish()).size());
        assertEquals(local, none.finish());
    }

    @Test
    void aValueLongerThanTheBufferCounts() {
        String big = "x".repeat(100_000);
        assertNotEquals(digest(NARROW, List.of(row(1, big + "a"))), digest(NARROW, List.of(row(1, big + "b"))));
    }

    /** A promise that an older version made is held against what a newer one reads. */
    @Test
    void theDigestOfTheseRowsStaysWhatItIs() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("boolean", true);
        values.put("int", -7);
        values.put("long", Long.MIN_VALUE);
        values.put("float", -0.5f);
        values.put("double", Math.PI);
        values.put("decimal(9,2)", new BigDecimal("-12.30"));
        values.put("string", "häfen");
        values.put("json", "{\"a\":[1,null]}");
        values.put("binary", new byte[] {0, -1, 127});
        values.put("date", 20_000);
        values.put("timestamp", 1_767_225_600_000_001L);
        List<Column> columns = new ArrayList<>();
        for (String type : values.keySet()) {
            columns.add(new Column(columns.size() + 1, type, ColumnType.parse(type), false, false));
        }
        Dataset every = new Dataset("logs", 1, columns, null, null);
        Map<String, Object> big = Map.of("string", "y".repeat(50_000), "binary", new byte[20_000]);

        assertEquals(
                "3b791b82f702165290a1e8ae892aa888fd3d4bb68c43864e164374ef64d94417",
                digest(
                        every,
                        List.of(
                                new Batches.Row(1, 11, values),
                                new Batches.Row(2, 12, Map.of()),
                                new Batches.Row(4, 13, big))));
    }

    private static Batches.Row row(long sequence, String value) {
        return new Batches.Row(sequence, 0, Map.of("a", value));
    }

    private String digest(Dataset dataset, List<Batches.Row> rows) {
        return batched(dataset, List.of(rows));
    }

    private String batched(Dataset dataset, List<List<Batches.Row>> batches) {
        RowDigest digest = new RowDigest();
        for (List<Batches.Row> rows : batches) {
            try (RowBatch batch = Batches.of(memory, dataset, rows)) {
                digest.add(batch);
            }
        }
        return digest.finish();
    }
}
