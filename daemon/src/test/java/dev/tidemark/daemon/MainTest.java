// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.command.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter talk = new StringWriter();

    @TempDir
    Path directory;

    @Test
    void whatIsNotAVerbIsUsage() {
        assertEquals(64, tidemark());
        assertEquals(64, tidemark("frobnicate"));
        assertEquals(64, tidemark("config"));
        assertEquals(64, tidemark("sink"));
        assertEquals(64, tidemark("sink", "pause"));
        assertEquals(64, tidemark("status", "--wach"));
        assertEquals(64, tidemark("rows"));
        assertEquals(64, tidemark("rows", "logs", "--limit", "many"));
        assertEquals(64, tidemark("ingest", "logs", "--batch-rows", "0"));
        assertEquals(64, tidemark("ingest", "logs", "--format", "xml"));
        assertEquals(64, tidemark("run", "--http", "somewhere"));
        assertEquals(64, tidemark("run", "--log-level", "loud"));
        assertEquals("", out.toString());
    }

    @Test
    void helpIsData() {
        assertEquals(0, tidemark("--help"));
        assertTrue(out.toString().contains("ingest"));
        assertEquals(0, tidemark("rows", "--help"));
    }

    @Test
    void versionIsData() {
        assertEquals(0, tidemark("version"));
        assertTrue(out.toString().startsWith("tidemark "));
    }

    @Test
    void whatNeedsTheDaemonSaysThatThereIsNone() {
        assertEquals(69, tidemark("flush", "--data", directory.toString()));
        assertEquals(69, tidemark("rows", "logs", "--data", directory.toString()));
        assertEquals(69, tidemark("--data", directory.toString(), "sink", "list"));
        assertEquals(69, tidemark("sink", "run", "archive", "--data", directory.toString()));
        assertTrue(talk.toString().contains("tidemark run"), talk.toString());
    }

    @Test
    void aDaemonThatWasKilledIsNoDaemon() throws IOException {
        killedDaemon();

        assertEquals(69, tidemark("flush", "--data", directory.toString()));
    }

    @Test
    void statusWithoutADaemonIsNoFailure() throws IOException {
        assertEquals(0, tidemark("status", "--json", "--data", directory.toString()));
        assertTrue(out.toString().startsWith("{\"state\":\"stopped\","), out.toString());

        killedDaemon();
        assertEquals(0, tidemark("status", "--data", directory.toString()));
        assertTrue(
                out.toString().contains("  read from the directory  incarnation -  life -  head -\n"), out.toString());
    }

    @Test
    void aConfigurationThatIsAskedForMustBeThere() {
        assertEquals(
                78,
                tidemark("run", "--config", directory.resolve("absent").toString(), "--data", directory.toString()));
    }

    @Test
    void aConfigurationThatIsWrongIsToldWithItsPlace() throws IOException {
        Path file = Files.writeString(directory.resolve("tidemark.yaml"), "flsuh: {}");

        assertEquals(78, tidemark("run", "--config", directory.toString(), "--data", directory.toString()));
        assertTrue(
                talk.toString().contains(file + ":1:1: error: unknown key \"flsuh\" (did you mean \"flush\")"),
                talk.toString());
    }

    @Test
    void anAddressThatIsNoneOrMayNotBeListenedAtIsConfiguration() throws IOException {
        for (String http : List.of("somewhere", "127.0.0.1", "127.0.0.1:70000", "0.0.0.0:4850", "\"[::]:4850\"")) {
            Files.writeString(directory.resolve("tidemark.yaml"), "listen: {http: " + http + "}");
            assertEquals(78, tidemark("run", "--config", directory.toString(), "--data", directory.toString()), http);
            assertTrue(talk.toString().contains("tidemark.yaml:1:"), talk::toString);
            talk.getBuffer().setLength(0);
        }
        Files.delete(directory.resolve("tidemark.yaml"));
        assertEquals(78, tidemark("run", "--http", "0.0.0.0:0", "--data", directory.toString()));
        assertTrue(talk.toString().contains("listen.tls"), talk::toString);
    }

    @Test
    void validateSaysEverythingThatIsWrongAndWhatItIgnores() throws IOException {
        Path sinks = Files.createDirectories(directory.resolve("sinks.d"));
        Path off = Files.writeString(sinks.resolve("lake.yaml.disabled"), "");
        assertEquals(0, tidemark("validate", "--config", directory.toString()));
        assertEquals(off + ": ignored\n", out.toString());

        out.getBuffer().setLength(0);
        Path file = Files.writeString(directory.resolve("tidemark.yaml"), "flsuh: {}");
        assertEquals(78, tidemark("validate", "--json", "--config", directory.toString()));
        assertEquals(
                "{\"ok\":false,\"errors\":[{\"file\":\"" + file + "\",\"line\":1,\"column\":1,\"message\":\"unknown key"
                        + " \\\"flsuh\\\"\",\"hint\":\"did you mean \\\"flush\\\"\"}],\"ignored\":[\"" + off + "\"]}\n",
                out.toString());
        assertEquals(
                78, tidemark("validate", "--config", directory.resolve("absent").toString()));
    }

    @Test
    void aFileThatIsNotThereIsInputOutput() throws IOException {
        killedDaemon();

        assertEquals(
                74, tidemark("ingest", "logs", directory.resolve("absent").toString(), "--data", directory.toString()));
        assertEquals("{\"rows\":0,\"first_seq\":null,\"last_seq\":null}\n", out.toString());
    }

    /** A kill leaves the file behind, and nobody listens any more. */
    private void killedDaemon() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        new DaemonFile(
                        1,
                        "127.0.0.1:" + port,
                        directory.resolve("absent.sock").toString(),
                        "0.1.0",
                        "abc",
                        "2026-01-01T00:00:00Z",
                        false)
                .write(directory, new DurableFiles(new LocalDisk()));
    }

    private int tidemark(String... args) {
        Console console = new Console(new PrintWriter(out, true), new PrintWriter(talk, true));
        return Main.commandLine(console).execute(args);
    }
}
