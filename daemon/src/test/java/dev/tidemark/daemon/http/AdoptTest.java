// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.daemon.SocketTalk;
import dev.tidemark.daemon.command.Console;
import dev.tidemark.daemon.command.TidemarkCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an order to adopt does, and what readers then see. */
class AdoptTest {
    @TempDir
    private Path directory;

    private String wish(String... paths) {
        return "{\"dataset\":\"logs\",\"paths\":[\"" + String.join("\",\"", paths) + "\"]}";
    }

    /** A table to adopt: one that a daemon made. */
    private String table(Serving serving) throws IOException, InterruptedException {
        serving.post("/v1/datasets/old/rows", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}");
        assertEquals(200, serving.order("/v1/flush").statusCode());
        return directory.resolve("tables/old").toString();
    }

    @Test
    @Tag("I6")
    void adoptedRowsAreReadFirstAndSkippedByWhoeverWantsNone() throws Exception {
        try (Serving serving = new Serving(directory)) {
            String table = table(serving);
            serving.post("/v1/datasets/logs/rows", "{\"a\":9}");

            SocketTalk.Said adopted = serving.order("/v1/adopt", wish(table));

            assertEquals(200, adopted.statusCode(), adopted.body());
            JsonNode said = Serving.json(adopted);
            assertEquals(3, said.path("rows").asInt());
            assertTrue(said.path("left_out").toString().contains("_ingest_seq"));
            String rows = "/v1/datasets/logs/rows";
            assertEquals(List.of("{\"a\":1}", "{\"a\":2}", "{\"a\":3}", "{\"a\":9}"), Serving.lines(serving.get(rows)));
            assertEquals(List.of("{\"a\":9}"), Serving.lines(serving.get(rows + "?legacy=skip")));
            assertEquals(List.of("{\"a\":9}"), Serving.lines(serving.get(rows + "?since=seq:3")));
            assertEquals(
                    "{\"_ingest_seq\":null,\"_legacy_ord\":1,\"_ingest_time\":null,\"a\":1}",
                    Serving.lines(serving.get(rows + "?meta=1&limit=1")).getFirst());
            var page = serving.get(rows + "?limit=2");
            String token = Serving.header(page, "Tidemark-After");
            assertEquals(List.of("{\"a\":3}", "{\"a\":9}"), Serving.lines(serving.get(rows + "?since=" + token)));
            String head =
                    Serving.json(serving.get(rows + "/head")).path("token").asText();
            assertEquals(List.of(), Serving.lines(serving.get(rows + "?since=" + head)));
            JsonNode shown = Serving.json(serving.get("/v1/datasets/logs"));
            assertEquals(3, shown.path("legacy_rows").asInt());
            assertEquals(4, shown.path("rows").asInt());
        }
    }

    @Test
    void whatCannotBeAdoptedIsRefused() throws Exception {
        try (Serving serving = new Serving(directory)) {
            String table = table(serving);
            assertEquals(200, serving.order("/v1/adopt", wish(table)).statusCode());
            assertEquals("422 misfit", Serving.refusal(serving.order("/v1/adopt", wish(table))));
            assertEquals("422 misfit", Serving.refusal(serving.order("/v1/adopt", wish("/absent.parquet"))));
            assertEquals("400 bad-parameter", Serving.refusal(serving.order("/v1/adopt", wish("relative"))));
            assertEquals("400 bad-parameter", Serving.refusal(serving.order("/v1/adopt", "no json")));
            assertEquals("403 forbidden", Serving.refusal(serving.post("/v1/adopt", wish(table))));
        }
    }

    @Test
    void withoutADaemonTheCommandAdoptsByItself() throws Exception {
        Path source;
        try (Serving serving = new Serving(directory)) {
            source = Path.of(table(serving));
        }
        Path data = directory.resolve("other");
        Files.createDirectory(directory.resolve("config"));
        assertEquals(0, adopt(data, source));
        assertEquals(1, adopt(data, source));
        try (Serving serving = new Serving(data)) {
            assertEquals(
                    List.of("{\"a\":1}", "{\"a\":2}", "{\"a\":3}"),
                    Serving.lines(serving.get("/v1/datasets/logs/rows")));
        }
    }

    private static int adopt(Path data, Path source) {
        Console console = new Console(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()));
        Path config = data.resolveSibling("config");
        return TidemarkCommand.commandLine(console, InstantSource.system(), (settings, directory) -> {})
                .setExecutionExceptionHandler((thrown, command, parsed) -> 1)
                .execute("adopt", "--data", data.toString(), "--config", config.toString(), "logs", source.toString());
    }
}
