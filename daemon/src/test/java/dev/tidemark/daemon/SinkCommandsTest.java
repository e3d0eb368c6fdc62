// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an operator asks of sinks at the command line, of a daemon that runs. */
@Timeout(60)
final class SinkCommandsTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ROWS = """
            {"n":1,"s":"bad"}
            {"n":2,"s":"ok"}
            {"n":3,"s":"bad"}
            """;

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter talk = new StringWriter();
    private HttpServer endpoint;
    private Daemon daemon;
    private volatile boolean isStrict = true;

    @BeforeEach
    void start() throws Exception {
        endpoint = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        endpoint.createContext("/", exchange -> {
            String rows = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(isStrict && rows.contains("bad") ? 422 : 200, -1);
            exchange.close();
        });
        endpoint.start();
        Files.createDirectories(directory.resolve("etc/sinks.d"));
        write("etc/tidemark.yaml", "listen: {http: \"127.0.0.1:0\"}\n");
        write(
                "etc/sinks.d/central.yaml",
                "type: forward\nevery: 1h\ndialect: plain\ncompression: none\nformat: ndjson\nurl: http://127.0.0.1:"
                        + endpoint.getAddress().getPort() + "/in\n");
        write(
                "etc/sinks.d/archive.yaml",
                "type: blob\nevery: 1h\nformat: jsonl\ncompression: none\nstore: {dir: " + directory.resolve("export")
                        + "}\n");
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
        write("rows.ndjson", ROWS);
        assertEquals(
                0, tidemark("ingest", "logs", directory.resolve("rows.ndjson").toString()), talk::toString);
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
        endpoint.stop(0);
    }

    @Test
    @Tag("I14")
    void deadLettersAreListedShownReplayedAndDropped() throws Exception {
        assertEquals(0, tidemark("sink", "run", "central"), talk::toString);
        assertEquals(0, tidemark("dead-letter", "list", "central"), talk::toString);
        assertTrue(said().matches("1  logs/all  1  422 http-422  .*\\n2  logs/all  3  422 http-422  .*\\n"), said());
        assertEquals(0, tidemark("dead-letter", "list", "central", "--json"));
        JsonNode letters = JSON.readTree(said());
        assertEquals(2, letters.size());
        JsonNode first = letters.get(0);
        assertEquals("{\"n\":1,\"s\":\"bad\"}", first.path("row").toString());
        assertEquals(0, tidemark("dead-letter", "show", "central", "2"));
        assertEquals(3, JSON.readTree(said()).path("sequence").asInt());
        assertEquals(1, tidemark("dead-letter", "show", "central", "7"));
        assertEquals(1, tidemark("dead-letter", "list", "nobody"));
        assertEquals(64, tidemark("dead-letter", "drop", "central"));
        assertEquals(64, tidemark("dead-letter", "show", "central"));
        assertTrue(metrics().contains("tidemark_dead_letters{sink=\"central\"} 2"), metrics());

        isStrict = false;
        assertEquals(0, tidemark("dead-letter", "replay", "central", "1", "--json"));
        assertEquals("{\"sink\":\"central\",\"stream\":\"again-1\",\"rows\":1}", said().strip());
        assertEquals(0, tidemark("sink", "run", "central"), talk::toString);
        assertEquals(1, tidemark("dead-letter", "replay", "central", "1"));
        assertEquals(0, tidemark("dead-letter", "drop", "central", "2", "--yes", "--json"));
        assertEquals("{\"sink\":\"central\",\"dropped\":1}", said().strip());
        assertEquals(1, tidemark("dead-letter", "drop", "central", "2", "--yes"));
        assertEquals(0, tidemark("dead-letter", "list", "central"));
        assertEquals("", said());
        assertEquals(0, tidemark("dead-letter", "list", "central", "--json"));
        assertEquals("[]\n", said());
        assertTrue(metrics().contains("tidemark_dead_letters{sink=\"central\"} 0"), metrics());
    }

    @Test
    @Tag("I14")
    void allDeadLettersAreReplayedInOneAnswer() throws Exception {
        assertEquals(0, tidemark("sink", "run", "central"), talk::toString);
        isStrict = false;

        assertEquals(0, tidemark("dead-letter", "replay", "central", "--json"), talk::toString);
        assertEquals("{\"sink\":\"central\",\"stream\":\"again-1\",\"rows\":2}\n", said());
        assertEquals(0, tidemark("dead-letter", "replay", "central", "--json"));
        assertEquals("{\"sink\":\"central\",\"stream\":null,\"rows\":0}\n", said());
        assertEquals(0, tidemark("dead-letter", "replay", "central"));
        assertEquals("", said());
        assertTrue(talk.toString().contains("central has no dead letter"), talk::toString);
    }

    @Test
    void whoeverAsksForAPlaceThatIsNoneIsToldSo() {
        for (List<String> wrong : List.of(
                List.of("--to", "bogus"),
                List.of("--to", "seq:-1"),
                List.of("--to", "start", "--until", "noon", "--again"),
                List.of("--to", "start", "--until", "seq:2"))) {
            List<String> words = new ArrayList<>(List.of("sink", "rewind", "archive", "--yes"));
            words.addAll(wrong);
            assertEquals(64, tidemark(words.toArray(String[]::new)), wrong::toString);
        }
        assertEquals(1, tidemark("sink", "rewind", "archive", "--to", "start", "--partition", "nowhere", "--yes"));
        assertTrue(talk.toString().contains("no partition nowhere"), talk::toString);
    }

    @Test
    @Tag("I11")
    @Tag("I16")
    void aSinkWithoutAFileIsShownWithWhatItHolds() throws Exception {
        assertEquals(0, tidemark("sink", "run", "central"), talk::toString);
        Files.delete(directory.resolve("etc/sinks.d/central.yaml"));
        assertEquals(0, tidemark("reload"), talk::toString);
        assertEquals(
                0, tidemark("ingest", "logs", directory.resolve("rows.ndjson").toString()), talk::toString);

        assertEquals(0, tidemark("status", "--json"), talk::toString);
        JsonNode status = JSON.readTree(said());
        assertEquals("healthy", status.path("state").asText(), said());
        assertEquals(2, status.path("sinks").size(), said());
        JsonNode central = status.at("/sinks/1");
        assertEquals("paused", central.path("state").asText(), said());
        assertTrue(central.path("reason").asText().contains("tidemark sink remove central"), said());
        assertEquals(3, central.path("lag_rows").asInt(), said());
        assertTrue(central.path("lag_s").isNull(), said());
        assertEquals(2, central.path("dead_letters").asInt(), said());
        assertEquals("central", status.at("/conservation/sinks/1/sink").asText(), said());
        assertEquals(0, status.at("/conservation/delta").asInt(), said());
        assertTrue(metrics().contains("tidemark_sink_lag_rows{sink=\"central\"} 3"), metrics());

        assertEquals(0, tidemark("sink", "remove", "central", "--yes"), talk::toString);
        assertEquals(0, tidemark("sink", "list", "--json"));
        assertEquals(1, JSON.readTree(said()).size(), said());
    }

    @Test
    void statusSaysHowOftenADestinationGetsARow() throws Exception {
        assertEquals(0, tidemark("sink", "run", "central"), talk::toString);

        assertEquals(0, tidemark("status", "--json"), talk::toString);
        JsonNode sinks = JSON.readTree(said()).path("sinks");
        assertEquals("exactly once", sinks.at("/0/delivery").asText(), said());
        assertTrue(sinks.at("/1/delivery").asText().startsWith("at least once; exactly once if "), said());
        assertEquals(0, tidemark("sink", "list"));
        assertTrue(said().contains("sink central  forward plain, at least once  idle  "), said());
        assertTrue(said().contains("sink archive  blob  idle  "), said());
    }

    @Test
    @Tag("I10")
    void receiptsOfADirectoryAreListedAlsoWhenTheirFileIsGone() throws Exception {
        assertEquals(0, tidemark("sink", "run", "archive"), talk::toString);
        assertEquals(0, tidemark("sink", "receipts", "archive", "--dataset", "logs", "--json"), talk::toString);
        JsonNode told = JSON.readTree(said()).get(0);
        assertEquals(3, told.path("rows").asInt());
        assertEquals("receipt", told.path("source").asText());
        Path receipts = directory.resolve("export/logs/all/_receipts.jsonl");
        Files.delete(receipts);

        assertEquals(0, tidemark("sink", "receipts", "archive", "--partition", "all"));
        assertTrue(said().startsWith("logs/all/" + told.path("object").asText() + "  rows 3  bytes "), said());
        assertTrue(said().endsWith("  from the object\n"), said());
        assertEquals(1, Files.readAllLines(receipts).size());
        assertEquals(0, tidemark("sink", "receipts", "archive", "--dataset", "clicks"));
        assertEquals("", said());
        assertEquals(1, tidemark("sink", "receipts", "central"));
        assertTrue(talk.toString().contains("only a blob sink has receipts"), talk::toString);
    }

    private String metrics() throws IOException {
        Path socket = directory.resolve("data/tidemark.sock");
        return SocketTalk.say(socket, "GET /metrics HTTP/1.1|Host: localhost|Connection: close||");
    }

    private String said() {
        return out.toString();
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    private int tidemark(String... verb) {
        out.getBuffer().setLength(0);
        List<String> words = new ArrayList<>(List.of(verb));
        words.addAll(List.of("--config", directory.resolve("etc").toString()));
        words.addAll(List.of("--data", directory.resolve("data").toString()));
        return Main.commandLine(new Console(new PrintWriter(out, true), new PrintWriter(talk, true)))
                .execute(words.toArray(String[]::new));
    }
}
