// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.daemon.config.BadRows;
import dev.tidemark.daemon.config.Declarations;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.Numbers;
import dev.tidemark.daemon.config.UnknownColumns;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies of every format, and what is declared of the rows in them. */
class BodiesTest {
    private static final String ROWS = "/v1/datasets/logs/rows";
    private static final IngestSettings PARKING =
            new IngestSettings(16L << 20, 1L << 20, 100_000, true, 1000, BadRows.QUARANTINE, Numbers.AUTO);

    @TempDir
    private Path directory;

    private Serving serving(IngestSettings ingest, Declared declared) throws IOException {
        return new Serving(directory, ingest, new Declarations(Map.of("logs", declared)), new HeapBudget(128 << 20));
    }

    private static Declared partitioned(int partitionsMax) {
        return new Declared(List.of(), null, "p", List.of(), partitionsMax, UnknownColumns.ADD, Numbers.AUTO);
    }

    private static HttpResponse<String> post(Serving serving, String type, String body)
            throws IOException, InterruptedException {
        return serving.post(ROWS, BodyPublishers.ofString(body), "Content-Type", type);
    }

    private List<String> parked() throws IOException {
        Path rows = directory.resolve("quarantine/rows");
        if (!Files.exists(rows)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(rows)) {
            List<String> lines = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                List<String> all = Files.readAllLines(file);
                lines.addAll(all.subList(1, all.size()));
            }
            return lines;
        }
    }

    @Test
    @Tag("I13")
    void noBodyIsLargerThanTheHeapHasRoomForWhateverTheBoundsSay() throws IOException, InterruptedException {
        HeapBudget heap = new HeapBudget(64 << 10);
        String row = "{\"s\":\"" + "x".repeat(1000) + "\"}\n";
        try (Serving serving = new Serving(directory, IngestSettings.DEFAULT, Declarations.NONE, heap)) {
            assertEquals(200, serving.post(ROWS, row.repeat(63)).statusCode());
            HttpResponse<String> refused = serving.post(ROWS, row.repeat(70));
            assertEquals(413, refused.statusCode());
            assertTrue(refused.body().contains("\"limit\":65536"), refused.body());
        }
    }

    @Test
    void rowsAreTheSameInEveryFormatOfText() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            assertEquals(
                    200,
                    post(serving, "application/json", "[{\"a\":1,\"b\":\"x\"}]").statusCode());
            assertEquals(
                    200,
                    post(serving, "application/json; charset=utf-8", "{\"a\":2}")
                            .statusCode());
            assertEquals(
                    200,
                    post(serving, "text/csv; header=present", "b,a\r\ny,3\r\n").statusCode());
            assertEquals(
                    List.of("{\"a\":1,\"b\":\"x\"}", "{\"a\":2,\"b\":null}", "{\"a\":3,\"b\":\"y\"}"),
                    Serving.lines(serving.get(ROWS)));
            assertEquals("400 bad-csv", Serving.refusal(post(serving, "text/csv", "a,b\n1")));
            assertEquals("400 bad-json", Serving.refusal(post(serving, "application/json", "[1]")));
            assertEquals(
                    "400 bad-arrow",
                    Serving.refusal(post(serving, "application/vnd.apache.arrow.stream", "{\"a\":1}")));
            assertEquals(
                    List.of("{\"b\":\"x\"}", "{\"b\":null}", "{\"b\":\"y\"}"),
                    Serving.lines(serving.get(ROWS + "?columns=b")));
        }
    }

    @Test
    @Tag("I13")
    void zstdIsTakenOffWithinTheBounds() throws IOException, InterruptedException {
        IngestSettings small = new IngestSettings(100_000, 1 << 20, 100_000, true, 1000);
        HeapBudget heap = new HeapBudget(64 << 20);
        try (Serving serving = new Serving(directory, small, Declarations.NONE, heap)) {
            byte[] plain = "{\"a\":1}\n{\"a\":2}\n".getBytes(StandardCharsets.UTF_8);
            byte[] packed = Zstd.compress(plain);
            assertEquals(200, zstd(serving, packed).statusCode());
            assertEquals(2, Serving.lines(serving.get(ROWS)).size());
            for (int end = 1; end < packed.length; end++) {
                assertEquals(
                        "415 content-encoding",
                        Serving.refusal(zstd(serving, Arrays.copyOf(packed, end))),
                        "cut at " + end);
            }
            byte[] bomb = Zstd.compress(new byte[50 << 20]);
            assertEquals("413 body-too-large", Serving.refusal(zstd(serving, bomb)));
            ByteArrayOutputStream wide = new ByteArrayOutputStream();
            try (ZstdOutputStreamNoFinalizer out = new ZstdOutputStreamNoFinalizer(wide)) {
                out.setLong(27);
                out.write(plain);
            }
            assertEquals("415 content-encoding", Serving.refusal(zstd(serving, wide.toByteArray())));
            assertEquals(64 << 20, heap.freeBytes());
        }
    }

    private static HttpResponse<String> zstd(Serving serving, byte[] body) throws IOException, InterruptedException {
        return serving.post(ROWS, BodyPublishers.ofByteArray(body), "Content-Encoding", "zstd");
    }

    @Test
    @Tag("I6")
    void aColumnBecomesWiderAndAllItsRowsAreReadSo() throws IOException, InterruptedException {
        Column n = new Column(Column.UNASSIGNED, "n", ColumnType.INT, false, true);
        try (Serving serving = serving(IngestSettings.DEFAULT, new Declared(List.of(n), null, null))) {
            serving.post(ROWS, "{\"n\":1}");
            serving.order("/v1/flush");
            assertEquals(200, serving.post(ROWS, "{\"n\":3000000000}").statusCode());
            assertEquals(List.of("{\"n\":1}", "{\"n\":3000000000}"), Serving.lines(serving.get(ROWS)));
            serving.order("/v1/flush");
            assertEquals(List.of("{\"n\":1}", "{\"n\":3000000000}"), Serving.lines(serving.get(ROWS)));
            assertEquals(
                    "long",
                    Serving.json(serving.get("/v1/datasets/logs"))
                            .at("/columns/0/type")
                            .asText());
            assertEquals("422 misfit", Serving.refusal(serving.post(ROWS, "{\"n\":1.5}")));
        }
    }

    @Test
    @Tag("I14")
    void goodRowsAreStoredAndBadOnesParkedWithTheReason() throws IOException, InterruptedException {
        try (Serving serving = serving(PARKING, new Declared(List.of(), null, null))) {
            HttpResponse<String> stored = serving.post(ROWS, """
                    {"a":1,"b":"x"}
                    {"a":"no","b":"never"}
                    {"a":2
                    {"a":3,"_origin":1}
                    {"a":4}
                    """);
            assertEquals(
                    "{\"dataset\":\"logs\",\"rows\":2,\"quarantined\":3,\"first_seq\":1,\"last_seq\":2}",
                    stored.body());
            assertEquals(List.of("{\"a\":1,\"b\":\"x\"}", "{\"a\":4,\"b\":null}"), Serving.lines(serving.get(ROWS)));
            List<String> parked = parked();
            assertEquals(3, parked.size());
            assertTrue(
                    parked.getFirst().contains("\"line\":2,\"row\":2,\"column\":\"a\",\"slug\":\"misfit\""),
                    parked.getFirst());
            assertTrue(parked.getFirst().contains("\\\"b\\\":\\\"never\\\""), parked.getFirst());
        }
    }

    @Test
    @Tag("I14")
    void aBodyOfBadRowsAloneIsParkedAndGivesNoSequence() throws IOException, InterruptedException {
        try (Serving serving = serving(PARKING, new Declared(List.of(), null, null))) {
            assertEquals(
                    "{\"dataset\":\"logs\",\"rows\":0,\"quarantined\":1,\"first_seq\":null,\"last_seq\":null}",
                    serving.post(ROWS, "[1]").body());
            assertEquals(1, parked().size());
        }
    }

    @Test
    @Tag("I14")
    void aRequestThatIsSentAgainUnderItsKeyParksNothingTwice() throws IOException, InterruptedException {
        try (Serving serving = serving(PARKING, new Declared(List.of(), null, null))) {
            String body = "{\"a\":1}\n{\"a\":\"x\"}\n";
            String first = serving.post(ROWS, BodyPublishers.ofString(body), "Idempotency-Key", "k")
                    .body();
            HttpResponse<String> again = serving.post(ROWS, BodyPublishers.ofString(body), "Idempotency-Key", "k");
            assertEquals(first, again.body());
            assertEquals("true", Serving.header(again, "Tidemark-Replayed"));
            assertEquals(1, parked().size());
            serving.post(ROWS, BodyPublishers.ofString(body + " "), "Idempotency-Key", "k");
            assertEquals(1, parked().size(), "of a request that came to nothing, nothing is parked");
        }
    }

    @Test
    @Tag("I13")
    void aDatasetHasAsManyPartitionsAsItMay() throws IOException, InterruptedException {
        try (Serving serving = serving(IngestSettings.DEFAULT, partitioned(3))) {
            String ofTwo = "{\"p\":\"a\"}\n{\"p\":\"b\"}\n".repeat(10);
            assertEquals(200, serving.post(ROWS, ofTwo).statusCode());
            assertEquals(200, serving.post(ROWS, ofTwo).statusCode());
            assertEquals(200, serving.post(ROWS, "{\"p\":\"c\"}\n".repeat(10)).statusCode());
            HttpResponse<String> refused = serving.post(ROWS, "{\"p\":\"a\"}\n{\"p\":\"d\"}\n");
            assertEquals("507 quota", Serving.refusal(refused));
            assertEquals(3, Serving.json(refused).path("limit").asInt());
            assertEquals(200, serving.post(ROWS, ofTwo).statusCode());
            assertEquals(70, Serving.lines(serving.get(ROWS)).size());
        }
    }

    @Test
    @Tag("I16")
    void aValueOfANewColumnIsThereBeforeAndAfterAFlush() throws IOException, InterruptedException {
        List<String> rows = List.of("{\"n\":1,\"m\":null}", "{\"n\":2,\"m\":\"new\"}", "{\"n\":3,\"m\":null}");
        try (Serving serving = serving(IngestSettings.DEFAULT, new Declared(List.of(), null, null))) {
            serving.post(ROWS, "{\"n\":1}");
            serving.order("/v1/flush");
            assertEquals(
                    200,
                    serving.post(ROWS, "{\"n\":2,\"m\":\"new\"}\n{\"n\":3}").statusCode());
            assertEquals(rows, Serving.lines(serving.get(ROWS)));
            serving.order("/v1/flush");
            assertEquals(rows, Serving.lines(serving.get(ROWS)));
        }
    }
}
