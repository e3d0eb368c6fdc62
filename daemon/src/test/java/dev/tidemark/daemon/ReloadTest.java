// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.config.ConfigDirectory;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.service.ServiceManager;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A reload makes all of a configuration hold or nothing of it, and no row is lost or doubled on the way. */
@Timeout(90)
final class ReloadTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Daemon daemon;
    private DaemonFile file;

    @BeforeEach
    void start() throws Exception {
        Files.createDirectories(directory.resolve("etc/sinks.d"));
        main("");
        sink("archive", "every: 1h");
        ConfigDirectory source = new ConfigDirectory(directory.resolve("etc"), 1L << 32, Map.of());
        daemon = new Daemon(
                source,
                source.load(),
                new DataDirectory(directory.resolve("data")),
                new SocketPlaces(List.of()),
                new DurableFiles(new LocalDisk()),
                InstantSource.system(),
                new Metrics(),
                code -> {},
                ServiceManager.NONE);
        file = daemon.start().file();
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
        client.close();
    }

    @Test
    void aBadFileChangesNothingAndIsToldWithItsPlaceUntilItIsMended() throws Exception {
        sink("archive", "every: 2h");
        sink("second", "evry: 1h");

        SocketTalk.Said refused = reload();

        assertEquals(422, refused.statusCode());
        JsonNode error = JSON.readTree(refused.body()).path("errors").get(0);
        assertTrue(error.path("file").asText().endsWith("sinks.d/second.yaml"), refused::body);
        assertEquals(4, error.path("line").asInt());
        assertEquals("did you mean \"every\"", error.path("hint").asText());
        JsonNode status = status();
        assertEquals("reload-failed", status.path("reasons").get(0).path("code").asText());
        assertTrue(status.path("config").path("stale").asBoolean());
        assertEquals(1, status.path("config").path("errors").size());
        assertEquals(1, status.path("sinks").size());

        sink("second", "every: 1h");
        SocketTalk.Said done = reload();
        assertEquals("{\"changed\":[\"archive\",\"second\"],\"unchanged\":[]}", done.body());
        assertEquals("healthy", status().path("state").asText());
        assertFalse(status().path("config").path("stale").asBoolean());
        assertEquals("{\"changed\":[],\"unchanged\":[\"archive\",\"second\"]}", reload().body());
    }

    @Test
    @Tag("I10")
    void tokensHoldFromTheReloadOnAndNoneIsLetInWithOneOfBefore() throws Exception {
        Path secret = Files.writeString(directory.resolve("token"), "first");
        main("", ", tokens: {edge: {scope: ingest, value: \"${file:" + secret + "}\"}}");
        assertEquals(200, post("{\"n\":1}\n"));

        assertEquals(200, reload().statusCode());

        assertEquals(401, post("{\"n\":2}\n"));
        assertEquals(200, post("{\"n\":2}\n", "first"));
        Files.writeString(secret, "second");
        assertEquals(200, post("{\"n\":3}\n", "first"));
        assertEquals(200, reload().statusCode());
        assertEquals(401, post("{\"n\":4}\n", "first"));
        assertEquals(200, post("{\"n\":4}\n", "second"));
        main("");
        assertEquals(200, reload().statusCode());
        assertEquals(200, post("{\"n\":5}\n"));
    }

    @Test
    void whereIsListenedCannotChangeAndTheWayOutIsTold() throws Exception {
        main("", ", max_connections: 7");

        SocketTalk.Said refused = reload();

        assertEquals(422, refused.statusCode());
        JsonNode error = JSON.readTree(refused.body()).path("errors").get(0);
        assertEquals(
                "listen.max_connections cannot change while the daemon runs",
                error.path("message").asText());
        assertTrue(error.path("hint").asText().contains("restart the daemon"), refused::body);
    }

    @Test
    @Tag("I7")
    void whatASinkIsCannotChangeUnderProgressAndTheWayOutIsTold() throws Exception {
        post("{\"n\":1}\n");
        assertEquals(200, SocketTalk.order(socket(), "/v1/sinks/archive/run").statusCode());
        Files.writeString(
                directory.resolve("etc/sinks.d/archive.yaml"),
                "type: blob\nstore: {dir: " + directory.resolve("elsewhere") + "}\nformat: jsonl\n");
        main("ingest: {max_rows: 1}");

        SocketTalk.Said refused = reload();

        assertEquals(422, refused.statusCode());
        assertTrue(refused.body().contains("or write a sink file of another name"), refused::body);
        assertTrue(refused.body().contains("\"line\":2"), refused::body);
        assertEquals(200, post("{\"n\":2}\n{\"n\":3}\n"), "nothing of it holds");
        assertEquals("idle", status().path("sinks").get(0).path("state").asText());
    }

    @Test
    @Tag("I11")
    void aSinkWithoutItsFileStopsAndKeepsItsHoldAndGoesOnWhenTheFileIsBack() throws Exception {
        Path archive = directory.resolve("etc/sinks.d/archive.yaml");
        String written = Files.readString(archive);
        post("{\"n\":1}\n");
        Files.delete(archive);
        assertEquals("{\"changed\":[\"archive\"],\"unchanged\":[]}", reload().body());
        assertEquals("paused", status().at("/sinks/0/state").asText());
        assertEquals(404, SocketTalk.order(socket(), "/v1/sinks/archive/run").statusCode());
        post("{\"n\":2}\n");

        Files.writeString(archive, written);
        assertEquals(200, reload().statusCode());
        SocketTalk.order(socket(), "/v1/sinks/archive/run");
        assertEquals(List.of(1L, 2L), delivered("archive"));
    }

    @Test
    void settingsHoldFromTheAnswerOnAndWhatIsForLifeIsRefused() throws Exception {
        assertEquals(200, post("{\"n\":1}\n{\"n\":2}\n"));
        main("ingest: {max_rows: 1}\nlog: {level: warn}\nmemory: {budget: 32MiB}");
        assertEquals(
                "{\"changed\":[\"ingest.max_rows\",\"memory.budget\",\"log.level\"],\"unchanged\":[\"archive\"]}",
                reload().body());
        assertEquals(413, post("{\"n\":1}\n{\"n\":2}\n"));
        assertEquals(32 << 20, status().path("memory").path("budget_bytes").asInt());

        main("disk: {reserve: 1000TiB}\ningest: {max_rows: 1}");
        assertEquals(200, reload().statusCode());
        assertEquals(507, post("{\"n\":1}\n"));
        main("ingest: {max_rows: 1}");
        assertEquals(200, reload().statusCode());
        assertEquals(200, post("{\"n\":1}\n"));

        main("spool: {segment: 1MiB}");
        SocketTalk.Said refused = reload();
        assertEquals(422, refused.statusCode());
        assertTrue(refused.body().contains("restart the daemon"), refused::body);
        main("datasets: {logs: {partition_by: n}}");
        assertTrue(reload().body().contains("since its first row"), refused::body);
        main("datasets:\n  logs:\n    columns: {m: int, N: long}");
        SocketTalk.Said otherCase = reload();
        assertTrue(
                otherCase
                        .body()
                        .contains("\"line\":4,\"column\":23,\"message\":\"the rows of logs have the column n\""),
                otherCase::body);
        assertEquals(413, post("{\"n\":1}\n{\"n\":2}\n"), "what held before still holds");
    }

    @Test
    void anyNumberOfReloadsUnderLoadLosesAndDoublesNothing() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("reloads under load: seed " + seed);
        Random random = new Random(seed);
        AtomicBoolean ending = new AtomicBoolean();
        List<Long> sent = Collections.synchronizedList(new ArrayList<>());
        Thread producer = Thread.ofVirtual().start(() -> {
            for (long n = 0; !ending.get(); n++) {
                long one = n;
                if (post("{\"n\":" + one + ",\"kind\":\"k" + one % 3 + "\"}\n") == 200) {
                    sent.add(one);
                }
            }
        });
        List<String> names = List.of("archive", "second", "third");
        int refused = 0;
        for (int round = 0; round < 200; round++) {
            String name = names.get(random.nextInt(names.size()));
            switch (random.nextInt(6)) {
                case 0 -> Files.deleteIfExists(directory.resolve("etc/sinks.d/" + name + ".yaml"));
                case 1 -> sink(name, "evry: 1s");
                case 2 -> main("ingest: {max_rows: " + (1 + random.nextInt(5)) + "}");
                case 3 -> sink(name, "every: 20ms\nobject: {rows: " + (1 + random.nextInt(40)) + "}");
                default -> sink(name, "every: " + (10 + random.nextInt(40)) + "ms\nobject: {max_wait: 0s}");
            }
            refused += reload().statusCode() == 200 ? 0 : 1;
        }
        for (String name : names) {
            sink(name, "every: 1h");
        }
        assertEquals(200, reload().statusCode());
        ending.set(true);
        producer.join();
        for (String name : names) {
            assertEquals(
                    200,
                    SocketTalk.order(socket(), "/v1/sinks/" + name + "/run").statusCode());
            assertEquals(sent, delivered(name), name);
        }
        assertTrue(refused > 0 && refused < 190, "seed " + seed + " refused " + refused);
        assertEquals("healthy", status().path("state").asText());
        assertEquals(0, status().path("conservation").path("delta").asInt());
    }

    private void main(String text) throws IOException {
        main(text, "");
    }

    private void main(String text, String listen) throws IOException {
        Files.writeString(
                directory.resolve("etc/tidemark.yaml"), "listen: {http: \"127.0.0.1:0\"" + listen + "}\n" + text);
    }

    private void sink(String name, String more) throws IOException {
        Files.writeString(
                directory.resolve("etc/sinks.d/" + name + ".yaml"),
                "type: blob\nstore: {dir: " + directory.resolve("out") + "}\nprefix: " + name + "\n" + more
                        + "\nformat: jsonl\ncompression: none\n");
    }

    /** The numbers that a sink's objects hold, in order. */
    private List<Long> delivered(String name) throws IOException {
        List<Long> numbers = new ArrayList<>();
        try (Stream<Path> objects = Files.walk(directory.resolve("out").resolve(name))) {
            for (Path object :
                    objects.filter(path -> path.toString().endsWith(".jsonl")).toList()) {
                if (object.getFileName().toString().startsWith("_")) {
                    continue;
                }
                for (String line : Files.readAllLines(object)) {
                    numbers.add(JSON.readTree(line).path("n").asLong());
                }
            }
        }
        Collections.sort(numbers);
        return numbers;
    }

    private Path socket() {
        return Path.of(file.socket());
    }

    private SocketTalk.Said reload() throws IOException {
        return SocketTalk.order(socket(), "/v1/reload");
    }

    private JsonNode status() throws Exception {
        return JSON.readTree(
                client.send(HttpRequest.newBuilder(uri("/v1/status")).build(), BodyHandlers.ofString())
                        .body());
    }

    private URI uri(String path) {
        return URI.create("http://" + file.http() + path);
    }

    private int post(String rows) {
        return post(rows, "none");
    }

    private int post(String rows, String token) {
        try {
            HttpResponse<Void> answer = client.send(
                    HttpRequest.newBuilder(uri("/v1/datasets/logs/rows"))
                            .header("Authorization", "Bearer " + token)
                            .POST(BodyPublishers.ofString(rows))
                            .build(),
                    BodyHandlers.discarding());
            return answer.statusCode();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("rows were not answered", e);
        }
    }
}
