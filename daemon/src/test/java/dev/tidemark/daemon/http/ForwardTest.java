// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.sinks.ForwardDestination;
import dev.tidemark.sinks.ForwardDestination.Authorization;
import dev.tidemark.sinks.ForwardDestination.Timeouts;
import dev.tidemark.sinks.ForwardDestination.Tls;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.SinkRun;
import dev.tidemark.sinks.SinkSettings;
import dev.tidemark.sinks.SinkState;
import dev.tidemark.sinks.Sinks;
import dev.tidemark.sinks.Start;
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The receiving side of the forward protocol, by itself and with the sending side before it. */
class ForwardTest {
    private static final String UNITS = "/v1/forward/logs";
    private static final String POSITION = UNITS + "/position?origin=abc%2Fcentral&partition=all";

    @TempDir
    private Path directory;

    private Serving serving;

    @BeforeEach
    void open() throws IOException {
        serving = new Serving(directory.resolve("data"));
    }

    @AfterEach
    void close() throws IOException {
        serving.close();
    }

    private static String rows(int... places) {
        StringBuilder rows = new StringBuilder();
        for (int place : places) {
            rows.append("{\"_ingest_seq\":").append(place).append(",\"_ingest_time\":\"2026-01-01T00:00:00Z\",\"n\":");
            rows.append(place).append("}\n");
        }
        return rows.toString();
    }

    private HttpResponse<String> send(String range, String body, String... more)
            throws IOException, InterruptedException {
        return send(range, body.getBytes(StandardCharsets.UTF_8), more);
    }

    private HttpResponse<String> send(String range, byte[] body, String... more)
            throws IOException, InterruptedException {
        List<String> headers = new ArrayList<>(
                List.of("Tidemark-Origin", "abc/central", "Tidemark-Partition", "all", "Tidemark-Range", range));
        headers.addAll(Arrays.asList(more));
        return serving.post(UNITS, BodyPublishers.ofByteArray(body), headers.toArray(String[]::new));
    }

    private List<String> stored() throws IOException, InterruptedException {
        return Serving.lines(serving.get("/v1/datasets/logs/rows?columns=n")).stream()
                .map(line -> line.replaceAll("\\D+", ""))
                .toList();
    }

    @Test
    @Tag("I10")
    void aUnitIsStoredOnce() throws Exception {
        HttpResponse<String> first = send("0-3", rows(1, 3), "Tidemark-Rows", "2", "Tidemark-Prior", "0/0");
        assertEquals("{\"status\":\"stored\",\"through\":3,\"stored_rows\":2}", first.body());
        assertEquals("1", Serving.header(first, "Tidemark-Protocol"));
        assertEquals(
                "{\"status\":\"duplicate\",\"through\":3,\"stored_rows\":0}",
                send("0-3", rows(1, 3)).body());
        assertEquals(
                "{\"status\":\"stored\",\"through\":7,\"stored_rows\":2}",
                send("0-7", rows(1, 3, 5, 7)).body());
        assertEquals(List.of("1", "3", "5", "7"), stored());
    }

    @Test
    void whatIsKnownOfASenderIsTold() throws Exception {
        HttpResponse<String> nothing = serving.get(POSITION);
        assertEquals("{\"through\":null,\"legacy\":null,\"life\":null}", nothing.body());
        assertEquals("1", Serving.header(nothing, "Tidemark-Protocol"));
        send("0-3", rows(3), "Tidemark-Life", "L1");
        assertEquals(
                "{\"through\":3,\"legacy\":null,\"life\":\"L1\"}",
                serving.get(POSITION).body());
        assertEquals("400 bad-parameter", Serving.refusal(serving.get(UNITS + "/position?origin=a")));
    }

    @Test
    void aPartitionIsAskedForByItsNameWhetherOrNotThatIsEncodedOnceMore() throws Exception {
        serving.post(
                UNITS,
                BodyPublishers.ofString(rows(3)),
                "Tidemark-Origin",
                "abc/central",
                "Tidemark-Partition",
                "eu%2Fwest",
                "Tidemark-Range",
                "0-3");

        String asked = UNITS + "/position?origin=abc%2Fcentral&partition=";
        assertEquals(
                "{\"through\":3,\"legacy\":null,\"life\":null}",
                serving.get(asked + "eu%252Fwest").body());
        assertEquals(
                serving.get(asked + "eu%252Fwest").body(),
                serving.get(asked + "eu%2Fwest").body());
    }

    @Test
    @Tag("I10")
    void rowsThatAreNotThoseOfTheRangeAreNotStored() throws Exception {
        assertEquals("422 range", Serving.refusal(send("0-3", rows(1, 2))));
        assertEquals("422 range", Serving.refusal(send("0-3", rows(3, 1))));
        assertEquals("422 range", Serving.refusal(send("0-3", rows(2, 2, 3))));
        assertEquals("422 range", Serving.refusal(send("1-3", rows(1, 3))));
        assertEquals("422 range", Serving.refusal(send("0-3", "{\"n\":3}\n")));
        assertEquals("422 range", Serving.refusal(send("0-3", rows(1, 3), "Tidemark-Rows", "3")));
        assertEquals("422 range", Serving.refusal(send("0-3", "")));
        assertEquals("400 bad-parameter", Serving.refusal(send("3-3", rows(3))));
        assertEquals("400 bad-parameter", Serving.refusal(send("0-3", rows(3), "Tidemark-Prior", "soon")));
        assertEquals(
                "{\"through\":null,\"legacy\":null,\"life\":null}",
                serving.get(POSITION).body());
        assertEquals("404 unknown-dataset", Serving.refusal(serving.get("/v1/datasets/logs")));
    }

    @Test
    @Tag("I10")
    void bytesThatWereHurtOnTheirWayAreNotStored() throws Exception {
        byte[] packed = Zstd.compress(rows(3).getBytes(StandardCharsets.UTF_8));
        String digest = digest(packed);
        for (int bit = 0; bit < packed.length; bit++) {
            byte[] hurt = packed.clone();
            hurt[bit] ^= 4;
            assertEquals(
                    "400 digest",
                    Serving.refusal(send("0-3", hurt, "Content-Digest", digest, "Content-Encoding", "zstd")),
                    "byte " + bit);
        }
        assertEquals(
                200,
                send("0-3", packed, "Content-Digest", digest, "Content-Encoding", "zstd")
                        .statusCode());
        assertEquals(List.of("3"), stored());
    }

    private static String digest(byte[] body) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(body);
        return "sha-256=:" + Base64.getEncoder().encodeToString(hash) + ":";
    }

    @Test
    @Tag("I10")
    void aSenderThatWasAcknowledgedMoreIsToldWhatIsHere() throws Exception {
        send("0-3", rows(3), "Tidemark-Prior", "0/0");
        HttpResponse<String> lost = send("9-11", rows(11), "Tidemark-Prior", "0/9");
        assertEquals("409 lost-position", Serving.refusal(lost));
        assertEquals(3, Serving.json(lost).path("through").asInt());
        assertEquals(0, Serving.json(lost).path("legacy").asInt());
        assertEquals(200, send("9-11", rows(11)).statusCode(), "who does not say is not asked");
    }

    @Test
    @Tag("I19")
    void anotherLifeThanTheSendersIsNamed() throws Exception {
        send("0-3", rows(3), "Tidemark-Life", "L1");
        HttpResponse<String> foreign = send("3-5", rows(5), "Tidemark-Life", "L3/L2");
        assertEquals("409 foreign-life", Serving.refusal(foreign));
        assertEquals("L1", Serving.json(foreign).path("life").asText());
        assertEquals(200, send("3-5", rows(5), "Tidemark-Life", "L3/L1").statusCode());
        assertEquals("L3", Serving.json(serving.get(POSITION)).path("life").asText());
        assertEquals(List.of("3", "5"), stored());
    }

    @Test
    void aClientWithoutTheHeadersIsServedByItsKey() throws Exception {
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> answer =
                    serving.post(UNITS, BodyPublishers.ofString("{\"n\":1}"), "Idempotency-Key", "k");
            assertEquals(200, answer.statusCode(), answer.body());
        }
        assertEquals(List.of("1"), stored());
    }

    @Test
    @Tag("I10")
    void rowsGoThroughTwoCachesAndKeepTheirFirstHome() throws Exception {
        try (Serving edge = new Serving(directory.resolve("edge"));
                Serving site = new Serving(directory.resolve("site"))) {
            edge.post(
                    "/v1/datasets/logs/rows",
                    "{\"n\":1,\"t\":\"a\",\"j\":{\"x\":[1]},\"d\":1.5,\"b\":true}\n{\"n\":2,\"t\":null}\n{\"n\":3}");
            assertEquals(3, forward(edge, site, "edge").deliveredRows());
            edge.post("/v1/datasets/logs/rows", "{\"n\":4,\"late\":7}");
            assertEquals(1, forward(edge, site, "edge").deliveredRows());
            assertEquals(0, forward(edge, site, "edge").deliveredRows());
            assertEquals(4, forward(site, serving, "site").deliveredRows());

            List<String> here = Serving.lines(serving.get("/v1/datasets/logs/rows"));
            assertEquals(Serving.lines(edge.get("/v1/datasets/logs/rows")), here);
            assertEquals(
                    Serving.json(edge.get("/v1/datasets/logs")).path("columns"),
                    Serving.json(serving.get("/v1/datasets/logs")).path("columns"));
            for (String line : Serving.lines(serving.get("/v1/datasets/logs/rows?meta=1"))) {
                assertTrue(line.contains("\"_origin\":\"" + edge.cache().incarnation() + "\""), line);
            }
        }
    }

    private SinkRun forward(Serving from, Serving to, String name) throws IOException {
        try (Sinks sinks = Sinks.open(
                directory.resolve("sinks-of-" + name),
                from.cache(),
                new DurableFiles(from.disk()),
                InstantSource.system(),
                List.of(settings(to)))) {
            SinkRun run = sinks.run("central");
            assertEquals("idle", run.state(), run::toString);
            SinkState state = sinks.states().getFirst();
            assertEquals(0, state.lagRows());
            assertEquals(0, state.conservation().delta());
            return run;
        }
    }

    private static SinkSettings settings(Serving to) {
        return new SinkSettings(
                "central",
                List.of(),
                Duration.ofHours(1),
                new Start.Earliest(),
                new ForwardDestination(
                        URI.create("http://127.0.0.1:"
                                + to.server().address().orElseThrow().getPort() + "/v1/forward"),
                        null,
                        new Authorization.None(),
                        Map.of(),
                        null,
                        null,
                        Compression.ZSTD,
                        Hidden.LEFT_OUT,
                        new ObjectLimits(2, 1 << 20, Duration.ZERO),
                        0,
                        Timeouts.DEFAULT,
                        Tls.OF_THE_HOST));
    }
}
