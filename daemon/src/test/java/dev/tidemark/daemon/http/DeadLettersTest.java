// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.daemon.SocketTalk;
import dev.tidemark.sinks.Dialect;
import dev.tidemark.sinks.ForwardDestination;
import dev.tidemark.sinks.ForwardDestination.Authorization;
import dev.tidemark.sinks.ForwardDestination.Timeouts;
import dev.tidemark.sinks.ForwardDestination.Tls;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.SinkSettings;
import dev.tidemark.sinks.Sinks;
import dev.tidemark.sinks.Start;
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that an endpoint refuses can be looked at, sent again and given up. */
@Tag("I14")
class DeadLettersTest {
    private static final String LETTERS = "/v1/sinks/central/dead-letters";

    @TempDir
    private Path directory;

    private Serving serving;
    private Sinks sinks;
    private HttpServer server;
    private com.sun.net.httpserver.HttpServer endpoint;
    private volatile boolean isStrict = true;

    @BeforeEach
    void open() throws IOException {
        endpoint =
                com.sun.net.httpserver.HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        endpoint.createContext("/", exchange -> {
            String rows = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            byte[] answer = "no \"bad\" here".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(isStrict && rows.contains("bad") ? 422 : 200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        endpoint.start();
        serving = new Serving(directory.resolve("data"));
        SinkSettings central = new SinkSettings(
                "central",
                List.of(),
                Duration.ofHours(1),
                new Start.Earliest(),
                new ForwardDestination(
                        URI.create("http://127.0.0.1:" + endpoint.getAddress().getPort() + "/in"),
                        Dialect.PLAIN,
                        new Authorization.None(),
                        Map.of(),
                        null,
                        null,
                        Compression.NONE,
                        Hidden.LEFT_OUT,
                        new ObjectLimits(100, 1 << 20, Duration.ZERO),
                        0,
                        Timeouts.DEFAULT,
                        Tls.OF_THE_HOST));
        sinks = Sinks.open(
                directory.resolve("data/sinks"),
                serving.cache(),
                new DurableFiles(serving.disk()),
                InstantSource.system(),
                List.of(central));
        server = new HttpServer(
                new Listening(null, socket(), Set.of(), List.of(), null, 10),
                List.of(
                        new RunSink(sinks),
                        new ListDeadLetters(sinks),
                        new ReplayDeadLetters(sinks),
                        new DropDeadLetter(sinks)));
        server.start();
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        sinks.close();
        serving.close();
        endpoint.stop(0);
    }

    private Path socket() {
        return directory.resolve("letters.sock");
    }

    private JsonNode letters() throws IOException {
        String answer = SocketTalk.say(socket(), "GET " + LETTERS + " HTTP/1.1|Host: localhost|Connection: close||");
        return Serving.json(new SocketTalk.Said(200, answer.split("\r\n\r\n", 2)[1]))
                .path("dead_letters");
    }

    @Test
    void aRefusedRowIsListedReplayedAndGivenUp() throws IOException, InterruptedException {
        serving.post(
                "/v1/datasets/logs/rows", "{\"n\":1,\"s\":\"bad\"}\n{\"n\":2,\"s\":\"ok\"}\n{\"n\":3,\"s\":\"bad\"}");
        SocketTalk.Said run = SocketTalk.order(socket(), "/v1/sinks/central/run?wait=20s");
        assertEquals(2, Serving.json(run).path("dead_letters").asInt(), run.body());
        JsonNode first = letters().path(0);
        assertEquals(1, first.path("id").asInt());
        assertEquals(1, first.path("sequence").asInt());
        assertTrue(first.path("legacy_ord").isNull());
        assertEquals("{\"n\":1,\"s\":\"bad\"}", first.path("row").toString());
        assertEquals(422, first.path("status").asInt());
        assertEquals("http-422", first.path("reason").asText());
        assertEquals("no \"bad\" here", first.path("response").asText());

        isStrict = false;
        SocketTalk.Said replay = SocketTalk.order(socket(), LETTERS + "/replay", "{\"ids\":[1]}");
        assertEquals("{\"sink\":\"central\",\"stream\":\"again-1\",\"rows\":1}", replay.body());
        SocketTalk.order(socket(), "/v1/sinks/central/run?wait=20s");
        assertEquals(1, letters().size());

        String dropped =
                SocketTalk.say(socket(), "DELETE " + LETTERS + "/2 HTTP/1.1|Host: localhost|Connection: close||");
        assertTrue(dropped.contains("{\"dropped\":\"2\"}"), dropped);
        assertEquals(0, letters().size());
        assertEquals(
                "404 not-found", Serving.refusal(SocketTalk.order(socket(), LETTERS + "/replay", "{\"ids\":[2]}")));
        assertEquals("400 bad-parameter", Serving.refusal(SocketTalk.order(socket(), LETTERS + "/replay", "[")));
        assertEquals(0, sinks.states().getFirst().conservation().delta());
    }
}
