// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.daemon.SocketTalk;
import dev.tidemark.sinks.DirectoryDestination;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.SinkSettings;
import dev.tidemark.sinks.Sinks;
import dev.tidemark.sinks.Start;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class RunSinkTest {
    private static final String RUN = "/v1/sinks/archive/run";

    @TempDir
    private Path directory;

    private Serving serving;
    private Sinks sinks;
    private HttpServer server;

    @BeforeEach
    void open() throws IOException {
        serving = new Serving(directory.resolve("data"));
        ObjectLimits limits = new ObjectLimits(1000, 1 << 20, Duration.ofHours(1));
        SinkSettings archive = new SinkSettings(
                "archive",
                List.of(),
                Duration.ofHours(1),
                new Start.Earliest(),
                new DirectoryDestination(directory.resolve("out"), "edge", limits));
        sinks = Sinks.open(
                directory.resolve("data/sinks"),
                serving.cache(),
                new DurableFiles(serving.disk()),
                InstantSource.system(),
                List.of(archive));
        server = new HttpServer(
                new Listening(null, socket(), Set.of(), List.of(), null, 10), List.of(new RunSink(sinks)));
        server.start();
    }

    @AfterEach
    void close() throws IOException {
        serving.disk().letGo();
        server.close();
        sinks.close();
        serving.close();
    }

    private SocketTalk.Said post(String path) throws IOException {
        return SocketTalk.order(socket(), path);
    }

    private Path socket() {
        return directory.resolve("s");
    }

    @Test
    void aRunSaysWhatItDelivered() throws IOException, InterruptedException {
        serving.post("/v1/datasets/logs/rows", "{\"n\":1}\n{\"n\":2}");
        SocketTalk.Said answer = post(RUN + "?wait=20s");
        assertEquals(200, answer.statusCode(), answer.body());
        JsonNode run = Serving.json(answer);
        assertEquals("archive", run.path("sink").asText());
        assertEquals(1, run.path("units").asInt());
        assertEquals(2, run.path("delivered_rows").asInt());
        assertTrue(run.path("delivered_bytes").asLong() > 0);
        assertEquals(0, run.path("dead_letters").asInt());
        assertTrue(run.path("error").isNull());
        assertEquals(0, Serving.json(post(RUN)).path("delivered_rows").asInt());
    }

    @Test
    void aRunThatOutlastsThePatienceGoesOn() throws Exception {
        serving.post("/v1/datasets/logs/rows", "{\"n\":1}");
        CountDownLatch reached = serving.disk().hold();
        SocketTalk.Said answer = post(RUN + "?wait=1ms");
        assertEquals(202, answer.statusCode(), answer.body());
        assertTrue(reached.await(20, TimeUnit.SECONDS));
        JsonNode there = Serving.json(post(RUN + "?wait=1ms"));
        assertEquals("running", there.path("state").asText());
        for (String count : List.of("units", "delivered_rows", "delivered_bytes", "dead_letters")) {
            assertTrue(there.path(count).isNumber() && there.path(count).asInt() == 0, there::toString);
        }
        assertTrue(there.path("error").isNull(), there::toString);
        serving.disk().letGo();
        assertEquals("idle", Serving.json(post(RUN)).path("state").asText());
    }

    @Test
    @Tag("I13")
    @Timeout(30)
    void whoWaitsForARunMakesPlaceWhenThereIsNoneLeft() throws Exception {
        serving.post("/v1/datasets/logs/rows", "{\"n\":1}");
        Path narrow = directory.resolve("n");
        try (HttpServer one = new HttpServer(
                new Listening(null, narrow, Set.of(), List.of(), null, 10),
                List.of(new RunSink(sinks)),
                new Lobby.Room(20, 1),
                System::nanoTime)) {
            one.start();
            CountDownLatch reached = serving.disk().hold();
            CompletableFuture<SocketTalk.Said> first = CompletableFuture.supplyAsync(() -> {
                try {
                    return SocketTalk.order(narrow, RUN + "?wait=1h");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertTrue(reached.await(20, TimeUnit.SECONDS));

            assertEquals("404 unknown-sink", Serving.refusal(SocketTalk.order(narrow, "/v1/sinks/nobody/run")));
            assertEquals(202, first.get(20, TimeUnit.SECONDS).statusCode());
            serving.disk().letGo();
        }
    }

    @Test
    void anUnknownSinkIsSaid() throws IOException {
        assertEquals("404 unknown-sink", Serving.refusal(post("/v1/sinks/nobody/run")));
        assertEquals("400 bad-parameter", Serving.refusal(post(RUN + "?wait=soon")));
    }
}
