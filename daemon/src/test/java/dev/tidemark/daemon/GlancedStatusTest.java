// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.command.Console;
import dev.tidemark.daemon.config.ConfigDirectory;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.service.ServiceManager;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code status} tells from the files of a daemon that is stopped, was killed, or hangs. */
@Timeout(60)
@Tag("I16")
final class GlancedStatusTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter talk = new StringWriter();
    private HttpServer endpoint;
    private Daemon daemon;

    @BeforeEach
    void start() throws Exception {
        endpoint = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        endpoint.createContext("/", exchange -> {
            String rows = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(rows.contains("bad") ? 422 : 200, -1);
            exchange.close();
        });
        endpoint.start();
        Files.createDirectories(directory.resolve("etc/sinks.d"));
        write("etc/tidemark.yaml", """
                listen: {http: "127.0.0.1:0"}
                datasets: {logs: {partition_by: s}}
                """);
        write(
                "etc/sinks.d/central.yaml",
                "type: forward\nevery: 1h\ndialect: plain\ncompression: none\nformat: ndjson\nurl: http://127.0.0.1:"
                        + endpoint.getAddress().getPort() + "/in\n");
        write(
                "etc/sinks.d/archive.yaml",
                "type: blob\nevery: 1h\nformat: jsonl\ncompression: none\nstore: {dir: " + directory.resolve("export")
                        + "}\n");
        write(
                "etc/sinks.d/lake.yaml",
                "type: iceberg\nevery: 1h\nnamespace: edge\nwarehouse: {dir: " + directory.resolve("lake") + "}\n");
        ConfigDirectory source = new ConfigDirectory(directory.resolve("etc"), 1L << 32, Map.of());
        daemon = new Daemon(
                source,
                source.load(),
                new DataDirectory(data()),
                new SocketPlaces(List.of()),
                new DurableFiles(new LocalDisk()),
                InstantSource.system(),
                new Metrics(),
                code -> {},
                ServiceManager.NONE);
        daemon.start();
        ingest("logs", "{\"n\":1,\"s\":\"bad\"}\n{\"n\":2,\"s\":\"ok\"}\n{\"n\":3,\"s\":\"ok\"}\n");
        ingest("clicks", "{\"x\":1}\n");
        done("sink", "run", "central");
        done("sink", "run", "lake");
        done("flush");
        ingest("logs", "{\"n\":4,\"s\":\"ok\"}\n{\"n\":5,\"s\":\"new\"}\n");
        done("sink", "pause", "archive");
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
        endpoint.stop(0);
    }

    @Test
    void whatADaemonSaidOfRowsAndSinksItsDirectorySaysAfterIt() throws Exception {
        JsonNode asked = status();
        daemon.close();
        Map<String, String> before = files(data());

        JsonNode read = status();

        assertEquals("stopped", read.path("state").asText());
        assertEquals("directory", read.path("source").asText());
        assertEquals(lasting(asked), lasting(read));
        assertEquals(before, files(data()));
        assertTrue(talk.toString().contains("no daemon runs on " + data()), talk::toString);
        assertEquals(5, dataset(read, "logs").path("rows").asInt());
        assertEquals(3, dataset(read, "logs").path("flushed_through").asInt());
        JsonNode central = sink(read, "central");
        assertEquals(1, central.path("dead_letters").asInt());
        assertEquals(2, central.path("lag_rows").asInt());
        assertTrue(central.path("lag_s").isNull(), central::toString);
        assertEquals("paused", sink(read, "archive").path("state").asText());
        assertTrue(read.path("timetable").isNull(), read::toString);
    }

    @Test
    void aDaemonThatWasKilledLeavesADirectoryThatTellsTheSame() throws Exception {
        JsonNode asked = status();
        Path killed = directory.resolve("killed");
        copy(data(), killed);
        Files.deleteIfExists(killed.resolve("daemon.json"));
        Map<String, String> before = files(killed);

        JsonNode read = status(killed);

        assertEquals("stopped", read.path("state").asText());
        assertEquals(lasting(asked), lasting(read));
        assertEquals(before, files(killed));
    }

    @Test
    void aDaemonThatHangsIsNotWaitedForAndItsDirectoryIsLookedAtBesideIt() throws Exception {
        JsonNode asked = status();
        byte[] own = Files.readAllBytes(data().resolve("daemon.json"));
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            ObjectNode file = (ObjectNode) JSON.readTree(own);
            file.put("socket", directory.resolve("gone.sock").toString());
            file.put("http", "127.0.0.1:" + silent.getLocalPort());
            Files.write(data().resolve("daemon.json"), JSON.writeValueAsBytes(file));

            JsonNode read = JSON.readTree(say(data(), "status", "--json", "--wait", "200ms"));

            assertEquals("degraded", read.path("state").asText());
            assertEquals("no-answer", read.at("/reasons/0/code").asText());
            assertEquals(lasting(asked), lasting(read));
            String lines = say(data(), "status", "--wait", "200ms");
            assertTrue(lines.contains("read from the directory"), lines);
            assertTrue(lines.contains("dataset logs  rows 5  "), lines);
            assertTrue(lines.contains("sink archive  blob  paused  delivered 0 rows  lag 6 rows, - s\n"), lines);
            assertTrue(lines.contains("dead letters 1\n"), lines);
        } finally {
            Files.write(data().resolve("daemon.json"), own);
        }
    }

    @Test
    void aTableThatCannotBeReadIsAReasonAndHidesNoOther() throws Exception {
        daemon.close();
        Path metadata = data().resolve("tables/logs/metadata");
        try (Stream<Path> all = Files.list(metadata)) {
            for (Path file : all.filter(each -> each.toString().endsWith("metadata.json"))
                    .toList()) {
                Files.writeString(file, "{", StandardOpenOption.TRUNCATE_EXISTING);
            }
        }

        JsonNode read = status();

        assertEquals("dataset-fenced", read.at("/reasons/0/code").asText());
        assertTrue(read.at("/reasons/0/message").asText().startsWith("logs: "), read::toString);
        assertEquals(1, read.path("datasets").size());
        assertFalse(dataset(read, "clicks").isMissingNode());
    }

    /** What holds whether or not a daemon runs. */
    private static String lasting(JsonNode status) {
        ObjectNode all = status.deepCopy();
        all.retain("incarnation", "life", "head_seq", "horizon_seq", "datasets", "sinks", "conservation");
        for (JsonNode dataset : all.path("datasets")) {
            ((ObjectNode) dataset).remove(List.of("upkeep"));
            ((ObjectNode) dataset.path("retention")).retain("removed_rows");
        }
        for (JsonNode sink : all.path("sinks")) {
            ((ObjectNode) sink).remove(List.of("last_error", "reason", "next_run", "lag_s", "lag_bytes"));
            sink.path("partitions").forEach(each -> ((ObjectNode) each).remove(List.of("lag_s", "lag_bytes")));
        }
        return all.toPrettyString();
    }

    private static JsonNode dataset(JsonNode status, String name) {
        return named(status.path("datasets"), name);
    }

    private static JsonNode sink(JsonNode status, String name) {
        return named(status.path("sinks"), name);
    }

    private static JsonNode named(JsonNode all, String name) {
        for (JsonNode one : all) {
            if (one.path("name").asText().equals(name)) {
                return one;
            }
        }
        return all.path("no " + name);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each :
                    all.filter(one -> !one.toString().endsWith(".sock")).toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static Map<String, String> files(Path root) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path each : all.toList()) {
                files.put(root.relativize(each).toString(), Files.size(each) + " " + Files.getLastModifiedTime(each));
            }
        }
        return files;
    }

    private Path data() {
        return directory.resolve("data");
    }

    private void ingest(String dataset, String rows) throws IOException {
        write("rows.ndjson", rows);
        done("ingest", dataset, directory.resolve("rows.ndjson").toString());
    }

    private JsonNode status() throws IOException {
        return status(data());
    }

    private JsonNode status(Path data) throws IOException {
        return JSON.readTree(say(data, "status", "--json"));
    }

    private void done(String... verb) {
        say(data(), verb);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    private String say(Path data, String... verb) {
        out.getBuffer().setLength(0);
        List<String> words = new ArrayList<>(List.of(verb));
        words.addAll(List.of("--config", directory.resolve("etc").toString(), "--data", data.toString()));
        int exit = Main.commandLine(new Console(new PrintWriter(out, true), new PrintWriter(talk, true)))
                .execute(words.toArray(String[]::new));
        assertEquals(0, exit, talk::toString);
        return out.toString();
    }
}
