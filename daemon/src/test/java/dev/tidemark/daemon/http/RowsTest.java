// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.daemon.config.Declarations;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.http.problem.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows in and rows out. */
class RowsTest {
    private static final String ROWS = "/v1/datasets/logs/rows";

    @TempDir
    private Path directory;

    private static String numbered(int from, int to) {
        StringBuilder body = new StringBuilder();
        for (int i = from; i < to; i++) {
            body.append("{\"n\":").append(i).append("}\n");
        }
        return body.toString();
    }

    private static byte[] zipped(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            zip.write(plain);
        }
        return bytes.toByteArray();
    }

    /** Reads page after page until there is no more. */
    private static List<String> readAll(Serving serving, String query) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        String since = "0";
        HttpResponse<String> page;
        do {
            page = serving.get(ROWS + "?since=" + since + query);
            assertEquals(200, page.statusCode(), page.body());
            lines.addAll(Serving.lines(page));
            since = Serving.header(page, "Tidemark-After");
        } while (Serving.header(page, "Tidemark-More").equals("true"));
        return lines;
    }

    @Test
    @Tag("I1")
    @Tag("I6")
    void aRowThatWasAnsweredIsInTheNextPage() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            HttpResponse<String> stored = serving.post(ROWS, "{\"ts\":\"2026-01-01T00:00:00Z\",\"a\":5.0}\n{\"a\":1}");
            assertEquals(
                    "{\"dataset\":\"logs\",\"rows\":2,\"quarantined\":0,\"first_seq\":1,\"last_seq\":2}",
                    stored.body());
            HttpResponse<String> page = serving.get(ROWS);
            assertEquals("""
                    {"ts":"2026-01-01T00:00:00.000000Z","a":5.0}
                    {"ts":null,"a":1.0}
                    """, page.body());
            assertEquals("false", Serving.header(page, "Tidemark-More"));
            assertEquals("application/x-ndjson", Serving.header(page, "Content-Type"));
            HttpResponse<String> rest = serving.get(ROWS + "?since=" + Serving.header(page, "Tidemark-After"));
            assertEquals("", rest.body());
        }
    }

    @Test
    @Tag("I1")
    void nobodyIsAnsweredBeforeTheSync() throws Exception {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, "{\"n\":0}");
            CountDownLatch reached = serving.disk().hold();
            CompletableFuture<HttpResponse<String>> answer = serving.client()
                    .sendAsync(
                            serving.request(ROWS)
                                    .POST(BodyPublishers.ofString("{\"n\":1}"))
                                    .build(),
                            BodyHandlers.ofString());
            assertTrue(reached.await(20, TimeUnit.SECONDS));
            assertFalse(answer.isDone());
            assertEquals(List.of("{\"n\":0}"), Serving.lines(serving.get(ROWS)));
            serving.disk().letGo();
            assertEquals(200, answer.get(20, TimeUnit.SECONDS).statusCode());
            assertEquals(2, Serving.lines(serving.get(ROWS)).size());
        }
    }

    @Test
    @Tag("I1")
    void aSyncThatFailsIsNeverAnswered200() throws Exception {
        Serving serving = new Serving(directory);
        try {
            assertEquals(200, serving.get("/readyz").statusCode());
            serving.disk().breakSyncs();
            assertEquals("500 internal", Serving.refusal(serving.post(ROWS, "{\"n\":1}")));
            assertEquals("503 stopping", Serving.refusal(serving.get("/readyz")));
        } finally {
            serving.close();
        }
    }

    @Test
    @Tag("I11")
    void aFullDiskIsSaidAndNothingIsStored() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, "{\"t\":\"\"}");
            serving.disk().fill();
            String large = "{\"t\":\"" + "x".repeat(900_000) + "\"}\n";
            HttpResponse<String> answer = serving.post(ROWS, large + large);
            assertEquals("507 disk-full", Serving.refusal(answer));
            assertEquals("5", Serving.header(answer, "Retry-After"));
            assertEquals(1, Serving.lines(serving.get(ROWS)).size());
        }
    }

    @Test
    void noRowsAreNoRows() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            assertEquals(
                    "{\"dataset\":\"logs\",\"rows\":0,\"quarantined\":0,\"first_seq\":null,\"last_seq\":null}",
                    serving.post(ROWS, "\n\r\n").body());
            assertEquals("404 unknown-dataset", Serving.refusal(serving.get(ROWS)));
        }
    }

    @Test
    @Tag("I14")
    void oneBadRowRefusesThemAllAndSaysWhere() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, "{\"n\":1}");
            HttpResponse<String> answer = serving.post(ROWS, "{\"n\":2}\n\n{\"n\":2.5}\n");
            assertEquals("422 misfit", Serving.refusal(answer));
            JsonNode problem = Serving.json(answer);
            assertEquals(3, problem.path("line").asInt());
            assertEquals(2, problem.path("row").asInt());
            assertEquals("n", problem.path("column").asText());
            assertEquals("columns: {n: double}", problem.path("hint").asText());
            assertEquals(422, problem.path("status").asInt());
            assertEquals(List.of("{\"n\":1}"), Serving.lines(serving.get(ROWS)));
        }
    }

    @Test
    @Tag("I6")
    void pagesGiveEveryRowOnceAcrossAFlush() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, numbered(0, 2500));
            assertEquals(200, serving.order("/v1/flush").statusCode());
            serving.post(ROWS, numbered(2500, 4000));
            List<String> all = numbered(0, 4000).lines().toList();
            assertEquals(all, readAll(serving, "&limit=700"));
            assertEquals(all, readAll(serving, "&limit=1000"));
            assertEquals(all, readAll(serving, "&max_bytes=1000"));
            assertEquals(all, readAll(serving, ""));
        }
    }

    @Test
    @Tag("I6")
    void aTokenGoesOnAfterAFlush() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, numbered(0, 10));
            HttpResponse<String> first = serving.get(ROWS + "?limit=4");
            assertEquals("true", Serving.header(first, "Tidemark-More"));
            serving.order("/v1/flush");
            HttpResponse<String> rest = serving.get(ROWS + "?since=" + Serving.header(first, "Tidemark-After"));
            assertEquals(numbered(4, 10), rest.body());
        }
    }

    @Test
    @Tag("I13")
    void aPageHasItsFirstRowWhateverItsSize() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            String large = "{\"t\":\"" + "x".repeat(300_000) + "\"}";
            serving.post(ROWS, large + "\n" + large);
            HttpResponse<String> page = serving.get(ROWS + "?max_bytes=1KiB");
            assertEquals(List.of(large), Serving.lines(page));
            assertEquals("true", Serving.header(page, "Tidemark-More"));
            assertEquals(List.of(large, large), readAll(serving, "&max_bytes=1KiB"));
        }
    }

    @Test
    @Tag("I13")
    void aPageIsShorterRatherThanTakeMemoryThatIsNotThere() throws IOException, InterruptedException {
        HeapBudget heap = new HeapBudget(256 << 10, Duration.ZERO);
        IngestSettings ingest = new IngestSettings(128 << 10, 1 << 20, 100_000, true, 1000);
        try (Serving serving = new Serving(directory, ingest, Declarations.NONE, heap)) {
            for (int i = 0; i < 6; i++) {
                serving.post(ROWS, "{\"t\":\"" + Integer.toString(i).repeat(100_000) + "\"}\n");
            }
            assertEquals(6, readAll(serving, "").size());
            awaitFree(heap);
            try (HeapBudget.Lease other = heap.lease()) {
                other.growTo(256 << 10);
                assertEquals("429 busy", Serving.refusal(serving.get(ROWS)));
                assertEquals("429 busy", Serving.refusal(serving.post(ROWS, "{\"t\":\"\"}")));
            } catch (RefusedException e) {
                throw new IllegalStateException(e);
            }
            awaitFree(heap);
        }
    }

    /** A client may have the end of an answer before the server has put away what it took for it. */
    private static void awaitFree(HeapBudget heap) {
        Awaitility.await().untilAsserted(() -> assertEquals(256 << 10, heap.freeBytes()));
    }

    @Test
    void tokensAreOpaqueAndChecked() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, numbered(0, 5));
            serving.post("/v1/datasets/other/rows", numbered(0, 5));
            assertEquals(numbered(2, 5), serving.get(ROWS + "?since=seq:2").body());
            assertEquals("", serving.get(ROWS + "?since=seq:10").body());
            assertEquals("400 bad-token", Serving.refusal(serving.get(ROWS + "?since=seq:11")));
            assertEquals("400 bad-token", Serving.refusal(serving.get(ROWS + "?since=seq:x")));
            assertEquals("400 bad-token", Serving.refusal(serving.get(ROWS + "?since=17")));
            String token = Serving.header(serving.get(ROWS), "Tidemark-After");
            assertEquals("400 bad-token", Serving.refusal(serving.get(ROWS + "?since=" + token.substring(1))));
            assertEquals("400 token-scope", Serving.refusal(serving.get("/v1/datasets/other/rows?since=" + token)));
            assertEquals("400 token-scope", Serving.refusal(serving.get(ROWS + "?partition=all&since=" + token)));
            try (Serving stranger = new Serving(directory.resolve("elsewhere"))) {
                stranger.post(ROWS, "{\"n\":1}");
                assertEquals("409 token-incarnation", Serving.refusal(stranger.get(ROWS + "?since=" + token)));
            }
        }
    }

    @Test
    void theHeadIsWhereNothingHasArrivedYet() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, numbered(0, 3));
            JsonNode head = Serving.json(serving.get(ROWS + "/head"));
            assertEquals(3, head.path("head_seq").asLong());
            serving.post(ROWS, numbered(3, 4));
            String token = head.path("token").asText();
            assertEquals(numbered(3, 4), serving.get(ROWS + "?since=" + token).body());
        }
    }

    @Test
    void aPartitionIsKnownByItsEncodedNameHoweverItWasSent() throws IOException, InterruptedException {
        Declarations declared = new Declarations(Map.of("logs", new Declared(List.of(), null, "zone")));
        HeapBudget heap = new HeapBudget(64 << 20);
        try (Serving serving = new Serving(directory, IngestSettings.DEFAULT, declared, heap)) {
            serving.post(ROWS, """
                    {"zone":"eu/west","n":1}
                    {"zone":"all","n":2}
                    {"zone":null,"n":3}
                    {"zone":"_x","n":4}
                    {"zone":"eu/west","n":5}
                    """);
            String west = "{\"zone\":\"eu/west\",\"n\":1}\n{\"zone\":\"eu/west\",\"n\":5}\n";
            assertEquals(west, serving.get(ROWS + "?partition=eu%2Fwest").body());
            assertEquals(west, serving.get(ROWS + "?partition=eu%252Fwest").body());
            HttpResponse<String> page = serving.get(ROWS + "?partition=eu%2Fwest&limit=1");
            String after = Serving.header(page, "Tidemark-After");
            assertEquals(
                    "{\"zone\":\"eu/west\",\"n\":5}\n",
                    serving.get(ROWS + "?partition=eu%252Fwest&since=" + after).body());
            String all = "{\"zone\":\"all\",\"n\":2}\n";
            assertEquals(all, serving.get(ROWS + "?partition=%61ll").body());
            assertEquals(all, serving.get(ROWS + "?partition=%2561ll").body());
            assertEquals(
                    "{\"zone\":null,\"n\":3}\n",
                    serving.get(ROWS + "?partition=_null").body());
            assertEquals(
                    "{\"zone\":\"_x\",\"n\":4}\n",
                    serving.get(ROWS + "?partition=%5Fx").body());
            HttpResponse<String> unknown = serving.get(ROWS + "?partition=nowhere");
            assertEquals(200, unknown.statusCode());
            assertEquals("", unknown.body());
            JsonNode shown = Serving.json(serving.get("/v1/datasets/logs"));
            assertEquals("zone", shown.path("partition_by").asText());
            assertEquals(4, shown.path("partitions_total").asInt());
        }
    }

    @Test
    void whatTheJournalWritesIsTakenAndReservedNamesAreNot() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            String entry = "{\"__REALTIME_TIMESTAMP\":\"1\",\"_PID\":\"7\",\"_\":1,\"MESSAGE\":[1,255]}\n";
            assertEquals(200, serving.post(ROWS, entry).statusCode());
            serving.cache().flush("logs");
            assertEquals(entry, serving.get(ROWS).body());
            for (String name :
                    List.of("_ingest_seq", "_Ingest_x", "_legacy_ord", "_origin", "_originx", "_file", "_row_id")) {
                assertEquals("422 reserved-name", Serving.refusal(serving.post(ROWS, "{\"" + name + "\":1}")), name);
            }
        }
    }

    @Test
    void aReaderPicksItsColumns() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, "{\"a\":1,\"b\":\"x\",\"c,d\":true}");
            assertEquals(
                    "{\"a\":1,\"c,d\":true}\n",
                    serving.get(ROWS + "?columns=c%2Cd,a").body());
            assertEquals(
                    "{\"a\":1,\"b\":\"x\"}\n",
                    serving.get(ROWS + "?columns=b%2Ca").body());
            assertEquals("400 bad-parameter", Serving.refusal(serving.get(ROWS + "?columns=a%2Cz")));
            assertEquals(
                    "{\"_ingest_seq\":1,\"_ingest_time\":\"2026-01-01T12:00:00.000000Z\",\"b\":\"x\"}\n",
                    serving.get(ROWS + "?columns=b&meta=1").body());
            assertEquals("400 bad-parameter", Serving.refusal(serving.get(ROWS + "?columns=z")));
        }
    }

    @Test
    void parametersOutOfTheirRangeAreRefused() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, "{\"a\":1}");
            for (String query : List.of(
                    "limit=0",
                    "limit=100001",
                    "limit=x",
                    "max_bytes=65MiB",
                    "max_bytes=0",
                    "max_bytes=999999999999GiB",
                    "wait=61s",
                    "meta=yes",
                    "format=csv",
                    "legacy=none",
                    "partition=a/b")) {
                assertEquals("400 bad-parameter", Serving.refusal(serving.get(ROWS + "?" + query)), query);
            }
        }
    }

    @Test
    void whoWaitsIsWokenByARow() throws Exception {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, "{\"n\":1}");
            assertEquals("", serving.get(ROWS + "?since=seq:1&wait=1ms").body());
            CompletableFuture<HttpResponse<String>> waiting = serving.client()
                    .sendAsync(serving.request(ROWS + "?since=seq:1&wait=60s").build(), BodyHandlers.ofString());
            serving.post(ROWS, "{\"n\":2}");
            assertEquals("{\"n\":2}\n", waiting.get(20, TimeUnit.SECONDS).body());
        }
    }

    @Test
    void aStopDoesNotWaitForWhoWaits() throws Exception {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, "{\"n\":1}");
            CompletableFuture<HttpResponse<String>> waiting = serving.client()
                    .sendAsync(serving.request(ROWS + "?since=seq:1&wait=60s").build(), BodyHandlers.ofString());
            assertEquals(200, serving.get("/healthz").statusCode());
            long begun = System.nanoTime();
            serving.server().close();
            assertTrue(Duration.ofNanos(System.nanoTime() - begun).toSeconds() < 8);
            waiting.handle((answer, failure) -> failure != null ? 0 : answer.statusCode())
                    .get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void gzipIsTakenOff() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            byte[] body = zipped(numbered(0, 10_000).getBytes(StandardCharsets.UTF_8));
            HttpResponse<String> stored =
                    serving.post(ROWS, BodyPublishers.ofByteArray(body), "Content-Encoding", "gzip");
            assertEquals(10_000, Serving.json(stored).path("rows").asInt());
            byte[] torn = Arrays.copyOf(body, body.length / 2);
            assertEquals(
                    "415 content-encoding",
                    Serving.refusal(serving.post(ROWS, BodyPublishers.ofByteArray(torn), "Content-Encoding", "gzip")));
            assertEquals(
                    "415 content-encoding",
                    Serving.refusal(serving.post(ROWS, BodyPublishers.ofString("{}"), "Content-Encoding", "gzip")));
            assertEquals(
                    "415 content-encoding",
                    Serving.refusal(serving.post(ROWS, BodyPublishers.ofByteArray(body), "Content-Encoding", "zstd")));
        }
    }

    @Test
    @Tag("I1")
    void noRowOfABodyThatIsNotWholeGzipIsTaken() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            byte[] one = zipped(numbered(0, 1).getBytes(StandardCharsets.UTF_8));
            byte[] two = Arrays.copyOf(one, 2 * one.length);
            System.arraycopy(one, 0, two, one.length, one.length);
            HttpResponse<String> stored =
                    serving.post(ROWS, BodyPublishers.ofByteArray(two), "Content-Encoding", "gzip");
            assertEquals(2, Serving.json(stored).path("rows").asInt());

            byte[] damaged = two.clone();
            damaged[one.length + 2]++;
            byte[] followed = Arrays.copyOf(one, one.length + 5);
            byte[] torn = Arrays.copyOf(two, one.length + 9);
            for (byte[] body : List.of(damaged, followed, torn)) {
                assertEquals(
                        "415 content-encoding",
                        Serving.refusal(
                                serving.post(ROWS, BodyPublishers.ofByteArray(body), "Content-Encoding", "gzip")));
            }
            String head = "POST " + ROWS + " HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\nContent-Length: "
                    + two.length + "\r\n\r\n";
            try (Socket socket = new Socket(
                    serving.server().address().orElseThrow().getAddress(),
                    serving.server().address().orElseThrow().getPort())) {
                socket.setSoTimeout((int) Serving.PATIENCE.toMillis());
                socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().write(one);
                socket.shutdownOutput();
                assertEquals(0, socket.getInputStream().readAllBytes().length);
            }
            assertEquals(2, Serving.lines(serving.get(ROWS)).size());
        }
    }

    @Test
    @Tag("I13")
    void aSmallBodyThatWouldBeALargeAppendIsRefused() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            String wide = IntStream.range(0, 100)
                    .mapToObj(i -> "\"c" + i + "\":1")
                    .collect(Collectors.joining(",", "{", "}"));
            assertEquals(200, serving.post(ROWS, wide).statusCode());
            HttpResponse<String> refused = serving.post(ROWS, "{}\n".repeat(100_000));
            assertEquals("413 body-too-large", Serving.refusal(refused));
            assertTrue(Serving.json(refused).path("limit").asLong() < Serving.APPEND_BYTES / 2);
            assertEquals(200, serving.post(ROWS, "{}\n".repeat(10_000)).statusCode());
        }
    }

    @Test
    @Tag("I13")
    void aBodyIsBoundedInDecodedBytes() throws IOException, InterruptedException {
        IngestSettings small = new IngestSettings(100_000, 1 << 20, 100_000, true, 1000);
        HeapBudget heap = new HeapBudget(64 << 20);
        try (Serving serving = new Serving(directory, small, Declarations.NONE, heap)) {
            byte[] exact = " ".repeat(100_000).getBytes(StandardCharsets.UTF_8);
            byte[] over = " ".repeat(100_001).getBytes(StandardCharsets.UTF_8);
            assertEquals(
                    200, serving.post(ROWS, BodyPublishers.ofByteArray(exact)).statusCode());
            HttpResponse<String> refused = serving.post(ROWS, BodyPublishers.ofByteArray(over));
            assertEquals("413 body-too-large", Serving.refusal(refused));
            assertEquals(100_000, Serving.json(refused).path("limit").asLong());
            assertEquals(
                    "413 body-too-large",
                    Serving.refusal(
                            serving.post(ROWS, BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(over)))));
            byte[] bomb = zipped(new byte[50 << 20]);
            assertEquals(
                    "413 body-too-large",
                    Serving.refusal(serving.post(ROWS, BodyPublishers.ofByteArray(bomb), "Content-Encoding", "gzip")));
            assertEquals(64 << 20, heap.freeBytes());
        }
    }

    @Test
    void whatSaysItIsAnArrowStreamAndIsNoneIsRefused() throws Exception {
        try (Serving serving = new Serving(directory)) {
            for (String body : List.of("", "{\"n\":1}", "\u00ff\u00ff\u00ff\u00ff\u0008\u0000\u0000\u0000")) {
                assertEquals(
                        "400 bad-arrow",
                        Serving.refusal(serving.post(
                                ROWS,
                                BodyPublishers.ofString(body),
                                "Content-Type",
                                "application/vnd.apache.arrow.stream")));
            }
        }
    }

    @Test
    void otherFormatsAreRefusedRatherThanMisread() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            for (String type : List.of("text/plain", "application/xml", "application/vnd.apache.arrow.file")) {
                assertEquals(
                        "415 media-type",
                        Serving.refusal(serving.post(ROWS, BodyPublishers.ofString("{}"), "Content-Type", type)));
            }
            assertEquals(
                    200,
                    serving.post(
                                    ROWS,
                                    BodyPublishers.ofString("{}"),
                                    "Content-Type",
                                    "application/X-NDJSON; charset=utf-8")
                            .statusCode());
            assertEquals(
                    200,
                    serving.post(
                                    ROWS,
                                    BodyPublishers.ofString("{}"),
                                    "Content-Type",
                                    "application/x-www-form-urlencoded")
                            .statusCode());
        }
    }

    private static HttpResponse<String> keyed(Serving serving, String key, String body)
            throws IOException, InterruptedException {
        return serving.post(ROWS, BodyPublishers.ofString(body), "Idempotency-Key", key);
    }

    @Test
    @Tag("I1")
    void aRepetitionIsAnsweredThoughItsRowsWouldNotBeTakenToday() throws IOException, InterruptedException {
        String first;
        try (Serving serving = new Serving(directory)) {
            first = keyed(serving, "k", "{\"a\":1}\n{\"a\":2}").body();
        }
        Files.delete(directory.resolve("s")); // The daemon does that for its socket; this one's listener is bare.
        IngestSettings stricter = new IngestSettings(16L << 20, 1L << 20, 1, true, 1000);
        try (Serving serving = new Serving(directory, stricter, Declarations.NONE, new HeapBudget(128 << 20))) {
            HttpResponse<String> again = keyed(serving, "k", "{\"a\":1}\n{\"a\":2}");
            assertEquals(first, again.body());
            assertEquals(200, again.statusCode());
            assertEquals("true", again.headers().firstValue("Tidemark-Replayed").orElse(""));
            assertEquals("413 too-many-rows", Serving.refusal(keyed(serving, "l", "{\"a\":1}\n{\"a\":2}")));
            assertEquals("413 too-many-rows", Serving.refusal(keyed(serving, "k", "{\"a\":1}\n{\"a\":3}")));
        }
    }

    @Test
    @Tag("I1")
    void aRequestThatIsSentAgainIsStoredOnceAndAnsweredTheSame() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            HttpResponse<String> first = keyed(serving, "k", numbered(0, 3));
            assertEquals("-", Serving.header(first, "Tidemark-Replayed"));
            keyed(serving, "l", numbered(3, 5));
            HttpResponse<String> again = keyed(serving, "k", numbered(0, 3));
            assertEquals(first.body(), again.body());
            assertEquals("true", Serving.header(again, "Tidemark-Replayed"));
            byte[] zipped = zipped(numbered(0, 3).getBytes(StandardCharsets.UTF_8));
            HttpResponse<String> otherwise = serving.post(
                    ROWS, BodyPublishers.ofByteArray(zipped), "Idempotency-Key", "k", "Content-Encoding", "gzip");
            assertEquals(first.body(), otherwise.body());
            assertEquals("422 key-reused", Serving.refusal(keyed(serving, "k", numbered(0, 4))));
            assertEquals("400 bad-parameter", Serving.refusal(keyed(serving, " ", numbered(0, 4))));
            assertEquals(5, Serving.lines(serving.get(ROWS)).size());
        }
    }

    @Test
    void aKeyOfNoRowsIsNotRemembered() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            for (int i = 0; i < 2; i++) {
                HttpResponse<String> nothing = keyed(serving, "k", "\n");
                assertEquals(0, Serving.json(nothing).path("rows").asInt());
                assertEquals("-", Serving.header(nothing, "Tidemark-Replayed"));
            }
            HttpResponse<String> stored = keyed(serving, "k", numbered(0, 1));
            assertEquals(1, Serving.json(stored).path("rows").asInt());
        }
    }

    @Test
    @Tag("I1")
    void whoSendsAgainTooEarlyWaitsForTheFirst() throws Exception {
        try (Serving serving = new Serving(directory)) {
            serving.post(ROWS, "{\"n\":0}");
            CountDownLatch reached = serving.disk().hold();
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                answers.add(serving.client()
                        .sendAsync(
                                serving.request(ROWS)
                                        .header("Idempotency-Key", "k")
                                        .POST(BodyPublishers.ofString("{\"n\":1}"))
                                        .build(),
                                BodyHandlers.ofString()));
            }
            assertTrue(reached.await(20, TimeUnit.SECONDS));
            assertFalse(answers.stream().anyMatch(CompletableFuture::isDone));
            serving.disk().letGo();
            List<String> replayed = new ArrayList<>();
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                assertEquals(200, answer.get(20, TimeUnit.SECONDS).statusCode());
                replayed.add(Serving.header(answer.get(), "Tidemark-Replayed"));
            }
            assertEquals(List.of("-", "true"), replayed.stream().sorted().toList());
            assertEquals(answers.get(0).get().body(), answers.get(1).get().body());
            assertEquals(2, Serving.lines(serving.get(ROWS)).size());
        }
    }

    @Test
    void datasetsHaveNamesAndABound() throws IOException, InterruptedException {
        Column a = new Column(Column.UNASSIGNED, "a", ColumnType.INT, false, true);
        Declarations declared = new Declarations(Map.of("known", new Declared(List.of(a), null, null)));
        IngestSettings two = new IngestSettings(1 << 20, 1 << 20, 1000, true, 1);
        HeapBudget heap = new HeapBudget(64 << 20);
        try (Serving serving = new Serving(directory, two, declared, heap)) {
            assertEquals("400 bad-name", Serving.refusal(serving.post("/v1/datasets/Logs/rows", "{\"a\":1}")));
            assertEquals(200, serving.post(ROWS, "{\"a\":1}").statusCode());
            assertEquals("507 quota", Serving.refusal(serving.post("/v1/datasets/more/rows", "{\"a\":1}")));
            assertEquals(
                    200, serving.post("/v1/datasets/known/rows", "{\"a\":1}").statusCode());
        }
        IngestSettings closed = new IngestSettings(1 << 20, 1 << 20, 1000, false, 1000);
        try (Serving serving = new Serving(directory.resolve("closed"), closed, declared, heap)) {
            assertEquals("404 unknown-dataset", Serving.refusal(serving.post(ROWS, "{\"a\":1}")));
            assertEquals(
                    200, serving.post("/v1/datasets/known/rows", "{\"a\":1}").statusCode());
        }
    }

    @Test
    void writersThatShowNewColumnsAtOnceAllArrive() throws Exception {
        try (Serving serving = new Serving(directory)) {
            List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, 40)
                    .mapToObj(i -> serving.client()
                            .sendAsync(
                                    serving.request(ROWS)
                                            .POST(BodyPublishers.ofString("{\"c" + i + "\":" + i + "}"))
                                            .build(),
                                    BodyHandlers.ofString()))
                    .toList();
            List<Long> sequences = new ArrayList<>();
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                HttpResponse<String> stored = answer.get(20, TimeUnit.SECONDS);
                assertEquals(200, stored.statusCode(), stored.body());
                sequences.add(Serving.json(stored).path("first_seq").asLong());
            }
            Collections.sort(sequences);
            assertEquals(40, sequences.stream().distinct().count());
            JsonNode shown = Serving.json(serving.get("/v1/datasets/logs"));
            assertEquals(40, shown.path("columns").size());
            assertEquals(40, shown.path("rows").asInt());
            assertEquals(40, Serving.lines(serving.get(ROWS)).size());
        }
    }

    @Test
    void aDatasetSaysWhatItHas() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            assertEquals("{\"datasets\":[]}", serving.get("/v1/datasets").body());
            assertEquals("404 unknown-dataset", Serving.refusal(serving.get("/v1/datasets/logs")));
            serving.post(ROWS, numbered(0, 3));
            JsonNode before = Serving.json(serving.get("/v1/datasets/logs"));
            assertEquals(3, before.path("rows").asInt());
            assertTrue(before.path("metadata_location").isNull());
            assertTrue(before.path("partition_by").isNull());
            assertEquals("long", before.path("columns").path(0).path("type").asText());
            JsonNode flushed = Serving.json(serving.order("/v1/flush"));
            assertEquals(
                    "{\"datasets\":[{\"name\":\"logs\",\"rows\":3,\"flushed_through\":3,\"files\":1}]}",
                    flushed.toString());
            JsonNode after =
                    Serving.json(serving.get("/v1/datasets")).path("datasets").path(0);
            assertEquals(3, after.path("rows").asInt());
            assertEquals(1, after.path("files").asInt());
            assertEquals(1, after.path("min_seq").asInt());
            assertEquals(3, after.path("max_seq").asInt());
            assertEquals(3, after.path("flushed_through").asInt());
            assertNotEquals(0, after.path("bytes").asLong());
            assertEquals(
                    "[{\"partition\":\"all\",\"rows\":3,\"max_seq\":3}]",
                    after.path("partitions").toString());
            assertTrue(Path.of(after.path("metadata_location").asText())
                    .startsWith(after.path("location").asText()));
        }
    }
}
