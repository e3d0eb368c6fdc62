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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What programs rely on: the shape of each verb's JSON, alone on stdout, and its exit code. */
@Timeout(120)
final class VerbOutputTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String OVERWRITTEN = "\r\u001b[K";

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter talk = new StringWriter();
    private Daemon daemon;

    @BeforeEach
    void start() throws Exception {
        Files.createDirectories(directory.resolve("etc/sinks.d"));
        write("etc/tidemark.yaml", "listen: {http: \"127.0.0.1:0\"}\n");
        blob("archive");
        blob("spare");
        write(
                "etc/sinks.d/lake.yaml",
                "type: iceberg\nevery: 1h\nnamespace: edge\nwarehouse: {dir: " + directory.resolve("lake") + "}\n");
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
        daemon.start();
        write("rows.ndjson", "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    @Test
    void whatVerbsSayOfRowsTablesAndCopiesHasItsShape() throws Exception {
        assertEquals("rows first_seq last_seq", fields(said(0, "ingest", "logs", path("rows.ndjson"), "--json")));
        assertEquals(
                "{\"n\":3}",
                said(0, "rows", "logs", "--since", "seq:2", "--json").toString());
        JsonNode flushed = said(0, "flush", "--json");
        assertEquals("datasets", fields(flushed));
        assertEquals("name rows flushed_through files", fields(flushed.at("/datasets/0")));
        JsonNode upkeep = said(0, "upkeep", "--dry-run", "--json");
        assertEquals("dry_run datasets", fields(upkeep));
        assertEquals("name retention compaction expired orphans why", fields(upkeep.at("/datasets/0")));
        assertEquals("removed_rows held_rows held_by", fields(upkeep.at("/datasets/0/retention")));
        assertEquals("outcome files_in files_out rows", fields(upkeep.at("/datasets/0/compaction")));
        JsonNode verified = said(0, "verify", "--json");
        assertEquals("ok checks", fields(verified));
        assertTrue(verified.path("ok").asBoolean(), verified::toString);
        assertEquals("rule name ok examined findings", fields(verified.at("/checks/0")));
        String copy = path("copy");
        assertEquals(
                "{\"backup\":\"" + copy + "\"}",
                said(0, "backup", copy, "--json").toString());
        assertEquals(1, tidemark("backup", copy, "--json"), "a copy is not written over");
        assertEquals(75, tidemark("recover", "--restored", "--yes"), "the daemon has the directory");
        assertEquals(0, at(copy, "verify"), talk::toString);
        assertEquals(65, at(copy, "adopt", "logs", path("rows.ndjson")), "a copy opens through recover alone");
        assertEquals(64, at(copy, "recover", "--cloned"), "nobody agreed");
        assertEquals(0, at(copy, "recover", "--cloned", "--yes", "--json"), talk::toString);
        assertEquals("{\"recovered\":\"" + copy + "\",\"as\":\"cloned\"}\n", out.toString());
        assertEquals(0, at(copy, "verify", "--json"), talk::toString);
        assertEquals(0, at(copy, "recover", "--restored", "--yes", "--json"), talk::toString);
        assertEquals("{\"recovered\":\"" + copy + "\",\"as\":\"restored\"}\n", out.toString());
    }

    /** The same with a daemon and without; what is refused leaves nothing on stdout. */
    @Test
    void whatAnAdoptionSaysHasItsShape() throws Exception {
        said(0, "ingest", "logs", path("rows.ndjson"));
        said(0, "flush", "--json");
        String table = path("data/tables/logs");
        assertEquals(
                "{\"dataset\":\"old\",\"rows\":3,\"since\":0,\"through\":3,\"linked\":0,\"rewritten\":1,"
                        + "\"left_out\":[\"_ingest_seq\",\"_ingest_time\",\"_legacy_ord\",\"_origin\",\"_origin_seq\"]}",
                said(0, "adopt", "old", table, "--json").toString());
        assertEquals(1, tidemark("adopt", "old", table, "--json"), "it was adopted before");
        assertEquals("", out.toString());
        assertEquals(1, tidemark("adopt", "old", path("absent.parquet"), "--json"));
        assertEquals("", out.toString());
        assertEquals(64, tidemark("adopt", "No Name", table, "--json"));
        assertEquals(64, tidemark("adopt", "old", "--json"), "no path");
        assertEquals("", out.toString());
        assertEquals(
                "dataset rows since through linked rewritten left_out",
                fields(said(0, "adopt", "kept_here", table, "--local", "--json")));

        daemon.close();
        String elsewhere = path("elsewhere");
        assertEquals(0, at(elsewhere, "adopt", "old", table, "--json"), talk::toString);
        JsonNode alone = JSON.readTree(out.toString());
        assertEquals("dataset rows since through linked rewritten left_out", fields(alone));
        assertEquals(3, alone.path("rows").asInt());
        assertEquals(1, at(elsewhere, "adopt", "old", table, "--json"), "it was adopted before");
        assertEquals("", out.toString());
    }

    @Test
    void whatVerbsSayOfSinksHasItsShape() throws Exception {
        said(0, "ingest", "logs", path("rows.ndjson"));
        JsonNode run = said(0, "sink", "run", "archive", "--json");
        assertEquals("sink state units delivered_rows delivered_bytes dead_letters error", fields(run));
        assertEquals(3, run.path("delivered_rows").asInt());
        assertEquals(
                "{\"sink\":\"archive\",\"state\":\"paused\"}",
                said(0, "sink", "pause", "archive", "--json").toString());
        assertEquals(1, tidemark("sink", "run", "archive", "--json"));
        assertEquals("", out.toString());
        assertEquals("sink state", fields(said(0, "sink", "resume", "archive", "--json")));
        assertEquals("sink state", fields(said(0, "sink", "drain", "archive", "--json")));
        JsonNode rewound = said(0, "sink", "rewind", "archive", "--to", "start", "--yes", "--json");
        assertEquals("stream from means", fields(rewound));
        JsonNode list = said(0, "sink", "list", "--json");
        assertEquals(3, list.size());
        assertEquals(fields(list.get(0)), fields(said(0, "sink", "show", "archive", "--json")));
        assertEquals(
                "dataset partition stream object legacy since through rows bytes intent sha256 digest origin at source",
                fields(said(0, "sink", "receipts", "archive", "--json").get(0)));
        said(0, "sink", "run", "lake", "--json");
        JsonNode maintained = said(0, "sink", "maintain", "lake", "--dry-run", "--json");
        assertEquals("ok dry_run tables", fields(maintained));
        assertTrue(fields(maintained.at("/tables/0")).startsWith("sink "), maintained::toString);

        Files.move(directory.resolve("etc/sinks.d/archive.yaml"), directory.resolve("etc/sinks.d/vault.yaml"));
        assertEquals(
                "{\"sink\":\"vault\",\"was\":\"archive\"}",
                said(0, "sink", "rename", "archive", "vault", "--json").toString());
        assertEquals(1, tidemark("sink", "remove", "spare", "--yes"), "its file is loaded");
        Files.delete(directory.resolve("etc/sinks.d/spare.yaml"));
        JsonNode reloaded = said(0, "reload", "--json");
        assertEquals("changed unchanged", fields(reloaded));
        assertEquals(64, tidemark("sink", "remove", "spare", "--json"), "nobody agreed");
        assertEquals(
                "{\"removed\":\"spare\"}",
                said(0, "sink", "remove", "spare", "--yes", "--json").toString());
        assertEquals(1, tidemark("sink", "show", "spare", "--json"));
    }

    @Test
    void whatVerbsSayOfTheConfigurationAndTheHostHasItsShape() throws Exception {
        assertEquals(
                "{\"ok\":true,\"errors\":[],\"ignored\":[]}",
                said(0, "validate", "--json").toString());
        assertEquals("tidemark sinks", fields(said(0, "config", "show", "--json")));
        assertTrue(JSON.readTree(output("config", "schema", "--json")).isObject());
        JsonNode doctor = JSON.readTree(output("doctor", "--json"));
        assertEquals("ok checks", fields(doctor));
        assertEquals("name result found fix", fields(doctor.at("/checks/0")));
        assertEquals("version", fields(said(0, "version", "--json")));
        JsonNode bench = said(0, "bench", "--seconds", "1", "--json");
        assertEquals("directory sync_4k sync_64k write_1m directory_sync", fields(bench));
        assertEquals("per_second bytes_per_second p50_ms p99_ms max_ms", fields(bench.path("sync_4k")));

        write("etc/tidemark.yaml", "lsiten: {}\n");
        JsonNode wrong = said(78, "validate", "--json");
        assertFalse(wrong.path("ok").asBoolean());
        assertEquals("file line column message hint", fields(wrong.at("/errors/0")));
        JsonNode refused = said(78, "reload", "--json");
        assertEquals("errors", fields(refused));
        assertEquals("file line column message hint", fields(refused.at("/errors/0")));
    }

    @Test
    void withoutADaemonEachVerbThatNeedsOneSaysSo() throws Exception {
        daemon.close();
        String rows = path("rows.ndjson");
        for (List<String> verb : List.of(
                List.of("ingest", "logs", rows),
                List.of("rows", "logs"),
                List.of("flush", "--json"),
                List.of("upkeep", "--json"),
                List.of("reload", "--json"),
                List.of("sink", "list", "--json"),
                List.of("sink", "show", "archive"),
                List.of("sink", "run", "archive", "--json"),
                List.of("sink", "pause", "archive"),
                List.of("sink", "resume", "archive"),
                List.of("sink", "drain", "archive"),
                List.of("sink", "rewind", "archive", "--to", "start", "--yes"),
                List.of("sink", "rename", "archive", "vault"),
                List.of("sink", "remove", "archive", "--yes"),
                List.of("sink", "receipts", "archive"),
                List.of("dead-letter", "list", "archive"),
                List.of("dead-letter", "show", "archive", "1"),
                List.of("dead-letter", "replay", "archive"),
                List.of("dead-letter", "drop", "archive", "1", "--yes"))) {
            assertEquals(69, tidemark(verb.toArray(String[]::new)), verb::toString);
        }
        String nowhere = path("nowhere");
        assertEquals(65, at(nowhere, "verify"));
        assertEquals(65, at(nowhere, "backup", path("copy")));
        assertEquals(65, at(nowhere, "recover", "--restored", "--yes"));
        assertEquals(0, at(nowhere, "status"));
        assertFalse(Files.exists(Path.of(nowhere)));
        for (List<String> verb : List.of(
                List.of("fly"),
                List.of("recover"),
                List.of("status", "--wait", "soon"),
                List.of("sink", "run"),
                List.of("ingest", "logs", rows, "--format", "xml"),
                List.of("bench", "--seconds", "0"))) {
            assertEquals(64, tidemark(verb.toArray(String[]::new)), verb::toString);
        }
    }

    @Test
    void longVerbsSayOnATerminalWhatGoesOnAndNothingOfItOnStdout() throws Exception {
        said(0, "ingest", "logs", path("rows.ndjson"));
        Console terminal =
                new Console(new PrintWriter(out, true), new PrintWriter(talk, true), Console.Audience.TERMINAL);
        for (List<String> verb : List.of(
                List.of("verify", "--json"),
                List.of("flush", "--json"),
                List.of("upkeep", "--json"),
                List.of("sink", "run", "archive", "--json"),
                List.of("sink", "drain", "archive", "--json"),
                List.of("sink", "maintain", "lake", "--json"),
                List.of("backup", path("copy"), "--json"))) {
            talk.getBuffer().setLength(0);
            out.getBuffer().setLength(0);
            assertEquals(0, execute(terminal, path("data"), verb.toArray(String[]::new)), talk::toString);
            assertTrue(talk.toString().startsWith(OVERWRITTEN), () -> verb + ": " + talk);
            assertTrue(talk.toString().indexOf(OVERWRITTEN, 1) > 1, () -> verb + " is not wiped out: " + talk);
            JSON.readTree(out.toString());
            assertEquals(1, out.toString().lines().count(), out::toString);

            talk.getBuffer().setLength(0);
            tidemark(verb.toArray(String[]::new));
            assertFalse(talk.toString().contains(OVERWRITTEN), talk::toString);
        }
        talk.getBuffer().setLength(0);
        assertEquals(0, execute(terminal, path("copy"), "recover", "--restored", "--yes"), talk::toString);
        assertTrue(talk.toString().contains(OVERWRITTEN + "recovering "), talk::toString);
    }

    private void blob(String name) throws IOException {
        write(
                "etc/sinks.d/" + name + ".yaml",
                "type: blob\nevery: 1h\nformat: jsonl\ncompression: none\nprefix: " + name + "\nstore: {dir: "
                        + directory.resolve("export") + "}\n");
    }

    private static String fields(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return String.join(" ", names);
    }

    /** The one line of JSON that a verb leaves on stdout. */
    private JsonNode said(int exit, String... verb) throws IOException {
        assertEquals(exit, tidemark(verb), () -> String.join(" ", verb) + ": " + talk);
        assertEquals(1, out.toString().lines().count(), out::toString);
        return JSON.readTree(out.toString());
    }

    private String output(String... verb) {
        tidemark(verb);
        return out.toString();
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    private int tidemark(String... verb) {
        return at(path("data"), verb);
    }

    private int at(String data, String... verb) {
        out.getBuffer().setLength(0);
        return execute(new Console(new PrintWriter(out, true), new PrintWriter(talk, true)), data, verb);
    }

    private int execute(Console console, String data, String... verb) {
        List<String> words = new ArrayList<>(List.of(verb));
        words.addAll(List.of("--config", path("etc"), "--data", data));
        return Main.commandLine(console).execute(words.toArray(String[]::new));
    }
}
