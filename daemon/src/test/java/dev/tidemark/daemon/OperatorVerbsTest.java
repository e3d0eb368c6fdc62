// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.command.Console;
import dev.tidemark.daemon.config.ConfigDirectory;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.service.ServiceManager;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The verbs by which an operator looks at a host, a configuration and a data directory. */
@Timeout(60)
final class OperatorVerbsTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter talk = new StringWriter();

    @BeforeEach
    void configure() throws IOException {
        Files.createDirectories(directory.resolve("etc/sinks.d"));
        write("secret", "hunter2\n");
        write("etc/tidemark.yaml", "listen: {http: \"127.0.0.1:0\"}\ningest: {max_rows: 7}\n");
        write(
                "etc/sinks.d/central.yaml",
                "type: forward\nurl: http://127.0.0.1:1/v1/forward\ntoken: ${file:" + directory.resolve("secret")
                        + "}\nheaders: {X-Key: opensesame}\n");
    }

    @Test
    void whoeverHasSomethingToSaySaysItAsJson() throws Exception {
        for (String verb : List.of(
                "demo",
                "status",
                "ingest",
                "rows",
                "sink list",
                "sink show",
                "sink run",
                "sink pause",
                "sink resume",
                "sink drain",
                "sink rewind",
                "sink rename",
                "sink remove",
                "sink receipts",
                "sink maintain",
                "dead-letter list",
                "dead-letter show",
                "dead-letter replay",
                "dead-letter drop",
                "flush",
                "upkeep",
                "verify",
                "adopt",
                "backup",
                "recover",
                "config show",
                "config schema",
                "validate",
                "reload",
                "doctor",
                "bench",
                "version")) {
            List<String> words = new ArrayList<>(List.of(verb.split(" ")));
            words.add("--help");
            assertEquals(0, tidemark(words.toArray(String[]::new)), verb);
            assertTrue(out.toString().contains("--json"), verb);
            out.getBuffer().setLength(0);
        }
    }

    @Test
    void configShowSaysWhereEachValueComesFromAndNoSecret() throws Exception {
        assertEquals(0, tidemark("config", "show", "--effective", "--json"), talk::toString);

        JsonNode all = JSON.readTree(out.toString());
        JsonNode main = all.path("tidemark");
        assertEquals("7", main.path("ingest.max_rows").path("value").asText());
        assertTrue(main.path("ingest.max_rows").path("source").asText().endsWith("tidemark.yaml:2"), out::toString);
        assertEquals("16MiB", main.path("ingest.max_body").path("value").asText());
        assertEquals("default", main.path("ingest.max_body").path("source").asText());
        assertEquals("auto", main.path("spool.max").path("value").asText());
        assertEquals("flag --data", main.path("data").path("source").asText());
        JsonNode central = all.path("sinks").path("central");
        assertEquals("***", central.path("token").path("value").asText());
        assertEquals("***", central.path("headers.X-Key").path("value").asText());
        assertEquals("5s", central.path("every").path("value").asText());
        assertFalse(out.toString().contains("hunter2") || out.toString().contains("opensesame"), out::toString);
    }

    @Test
    void configShowLeavesOutWhatNobodySays() throws Exception {
        assertEquals(0, tidemark("config", "show"));
        assertTrue(out.toString().contains("ingest.max_rows: 7  # "), out::toString);
        assertFalse(out.toString().contains("max_body"), out::toString);
    }

    @Test
    void theSchemaKnowsTheKeysWithTypesAndDefaults() throws Exception {
        assertEquals(0, tidemark("config", "schema"));

        JsonNode schema = JSON.readTree(out.toString());
        JsonNode ingest = schema.at("/properties/ingest/properties");
        assertEquals("integer", ingest.at("/max_rows/type").asText());
        assertEquals("[\"refuse\",\"quarantine\"]", ingest.at("/bad_rows/enum").toString());
        assertEquals("16MiB", ingest.at("/max_body/default").asText());
        assertFalse(schema.at("/properties/ingest/additionalProperties").asBoolean(true));
        JsonNode dataset = schema.at("/properties/datasets/additionalProperties/properties");
        assertTrue(dataset.has("partition_by"), out::toString);
        List<String> types = new ArrayList<>();
        schema.at("/$defs/sink/oneOf")
                .forEach(kind -> types.add(kind.at("/properties/type/const").asText()));
        assertEquals(List.of("blob", "forward", "iceberg"), types);
        assertTrue(schema.at("/$defs/sink/oneOf/1/properties").has("url"), out::toString);
    }

    @Test
    void validateOnlineAsksTheDestinationsAndWritesNothing() throws Exception {
        assertEquals(0, tidemark("validate"), out::toString);
        assertEquals(78, tidemark("validate", "--online"));
        assertTrue(out.toString().contains("sinks.d/central.yaml:1:1: error: "), out::toString);

        write("etc/sinks.d/central.yaml", "type: blob\nstore: {dir: " + directory.resolve("export") + "}\n");
        assertEquals(0, tidemark("validate", "--online"), out::toString);
        assertFalse(Files.exists(directory.resolve("export")));
    }

    @Test
    void theDoctorNamesWhatIsWrongAndWhatToDo() throws Exception {
        Files.createDirectories(directory.resolve("data"));
        Files.setPosixFilePermissions(directory.resolve("data"), PosixFilePermissions.fromString("rwxr-xr-x"));
        write("data/stray", "");

        assertEquals(1, tidemark("doctor", "--json"));

        JsonNode answer = JSON.readTree(out.toString());
        assertFalse(answer.path("ok").asBoolean());
        assertEquals("fail", check(answer, "sink central").path("result").asText());
        assertEquals("warn", check(answer, "modes").path("result").asText());
        assertEquals(
                "chmod 0750 " + directory.resolve("data"),
                check(answer, "modes").path("fix").asText());
        assertTrue(check(answer, "names").path("found").asText().contains("stray"), out::toString);
        assertEquals("ok", check(answer, "disk").path("result").asText());
        assertEquals("warn", check(answer, "daemon").path("result").asText());

        Files.delete(directory.resolve("etc/sinks.d/central.yaml"));
        assertEquals(0, tidemark("doctor"), out::toString);
    }

    @Test
    void whatCannotBeTakenBackIsAskedForWhereNobodyIsToAnswer() {
        assertEquals(64, tidemark("sink", "remove", "central"));
        assertTrue(talk.toString().contains("say --yes"), talk::toString);
    }

    @Test
    void completionAndBenchAndStatusNeedNoDaemon() throws Exception {
        assertEquals(0, tidemark("completion", "bash"));
        assertTrue(out.toString().contains("complete -F _complete_tidemark"), out::toString);
        out.getBuffer().setLength(0);
        assertEquals(64, tidemark("completion", "fish"));

        assertEquals(0, tidemark("bench", "--seconds", "1", "--json"), talk::toString);
        assertTrue(JSON.readTree(out.toString()).at("/sync_4k/per_second").asInt() > 0, out::toString);
        try (var left = Files.list(directory.resolve("data/tmp"))) {
            assertEquals(0, left.count());
        }
        out.getBuffer().setLength(0);
        assertEquals(0, tidemark("status", "--json"));
        assertEquals("stopped", JSON.readTree(out.toString()).path("state").asText());
    }

    @Test
    void aReaderGoesOnAfterItsTokenFileAndFilesAreSentOneAfterTheOther() throws Exception {
        Path token = directory.resolve("token");
        write("one.ndjson", "{\"n\":1,\"m\":2}\n");
        write("two.csv", "n,m\n2,3\n");
        write(
                "etc/sinks.d/archive.yaml",
                "type: blob\nstore: {dir: " + directory.resolve("export") + "}\nprefix: a/{name}\nformat: jsonl\n");
        ConfigDirectory source = new ConfigDirectory(directory.resolve("etc"), 1L << 32, Map.of());
        try (Daemon daemon = new Daemon(
                source,
                source.load(),
                new DataDirectory(directory.resolve("data")),
                new SocketPlaces(List.of()),
                new DurableFiles(new LocalDisk()),
                InstantSource.system(),
                new Metrics(),
                code -> {},
                ServiceManager.NONE)) {
            String incarnation = daemon.start().file().incarnation();
            assertEquals(0, tidemark("ingest", "logs", path("one.ndjson"), path("two.csv"), "--linger", "1ms"));
            assertEquals("{\"rows\":2,\"first_seq\":1,\"last_seq\":2}\n", out.toString());
            out.getBuffer().setLength(0);

            assertEquals(
                    0, tidemark("rows", "logs", "--token-file", token.toString(), "--columns", "n"), talk::toString);
            assertEquals("{\"n\":1}\n{\"n\":2}\n", out.toString());
            out.getBuffer().setLength(0);
            assertEquals(0, tidemark("rows", "logs", "--token-file", token.toString()));
            assertEquals("", out.toString());

            assertEquals(0, tidemark("rows", "logs", "--columns", "m,n", "--limit", "1", "--json"), talk::toString);
            assertEquals("{\"n\":1,\"m\":2}\n", out.toString());
            out.getBuffer().setLength(0);
            assertEquals(0, tidemark("rows", "logs", "--follow", "--limit", "1"));
            assertEquals("{\"n\":1,\"m\":2}\n", out.toString());
            out.getBuffer().setLength(0);
            assertEquals(0, tidemark("status", "--json", "--all"));
            assertEquals(
                    incarnation,
                    JSON.readTree(out.toString()).path("incarnation").asText());

            write("etc/tidemark.yaml", "listen: {http: \"127.0.0.1:0\"}\ningest: {max_rows: 0}\n");
            assertEquals(78, tidemark("reload"));
            assertTrue(talk.toString().contains("tidemark.yaml:2:"), talk::toString);
            write("etc/tidemark.yaml", "listen: {http: \"127.0.0.1:0\"}\n");
            assertEquals(0, tidemark("reload"), talk::toString);
        }
        out.getBuffer().setLength(0);
        assertEquals(0, tidemark("status", "--json"));
        JsonNode stopped = JSON.readTree(out.toString());
        assertEquals("stopped", stopped.path("state").asText());
        assertEquals(1, stopped.at("/spool/segments").asInt());
        assertTrue(stopped.path("life").isTextual(), stopped::toString);
    }

    private static JsonNode check(JsonNode answer, String name) {
        for (JsonNode check : answer.path("checks")) {
            if (check.path("name").asText().equals(name)) {
                return check;
            }
        }
        throw new AssertionError("no check " + name + " in " + answer);
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    private int tidemark(String... verb) {
        List<String> words = new ArrayList<>(List.of(verb));
        words.addAll(List.of("--config", path("etc"), "--data", path("data")));
        return Main.commandLine(new Console(new PrintWriter(out, true), new PrintWriter(talk, true)))
                .execute(words.toArray(String[]::new));
    }
}
