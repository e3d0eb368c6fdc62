// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.files.DirectoryLock;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.daemon.command.Console;
import dev.tidemark.daemon.config.ConfigDirectory;
import dev.tidemark.daemon.config.ConfigException;
import dev.tidemark.daemon.config.ConfigSource;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.service.ServiceManager;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class DaemonTest {
    private static final InetSocketAddress FREE_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @TempDir
    Path directory;

    private final ManualClock clock = ManualClock.started();
    private final BlockingQueue<Integer> exits = new LinkedBlockingQueue<>();
    private final StringWriter said = new StringWriter();
    private final AtomicBoolean syncsFail = new AtomicBoolean();

    @Test
    void whenReadyItAnswersWhereItsFileSays() throws Exception {
        try (Daemon daemon = daemon(FREE_PORT)) {
            Daemon.Ready ready = daemon.start();

            DaemonFile file = DaemonFile.read(data()).orElseThrow();
            assertEquals(ready.file(), file);
            assertEquals(
                    "ready http=" + file.http() + " socket=" + data().resolve("tidemark.sock") + " incarnation="
                            + file.incarnation() + " head=0",
                    ready.line());
            assertEquals(200, read(file, "/healthz").statusCode());
            String status = read(file, "/v1/status").body();
            assertTrue(status.startsWith("{\"state\":\"healthy\",\"reasons\":[],"), status);
            assertTrue(status.contains("\"name\":\"flush\""), status);
        }
    }

    @Test
    void aScraperSeesWhatWasStoredAndWhatWasRefused() throws Exception {
        try (Daemon daemon = daemon(FREE_PORT)) {
            DaemonFile file = daemon.start().file();
            post(file, "{\"n\":1}\n{\"n\":2}\n");
            post(file, "{\"n\":\"two\"}\n");
            assertTrue(read(file, "/v1/status").body().matches(".*\"oldest_s\":\\d+,.*"));
            assertEquals(0, tidemark("flush"), said::toString);
            assertTrue(read(file, "/v1/status").body().contains("\"oldest_s\":null,"));
            assertEquals(0, tidemark("upkeep"), said::toString);

            HttpResponse<String> scraped = read(file, "/metrics");

            assertEquals(
                    "application/openmetrics-text; version=1.0.0; charset=utf-8",
                    scraped.headers().firstValue("Content-Type").orElseThrow());
            List<String> lines = scraped.body().lines().toList();
            assertTrue(lines.contains("tidemark_ingest_rows_total 2"), scraped::body);
            assertTrue(lines.contains("tidemark_ingest_bytes_total 16"), scraped::body);
            assertTrue(lines.contains("tidemark_ingest_refused_total{reason=\"misfit\"} 1"), scraped::body);
            assertTrue(lines.contains("tidemark_ack_seconds_count 1"), scraped::body);
            assertTrue(lines.contains("tidemark_flush_seconds_count 1"), scraped::body);
            assertTrue(lines.contains("tidemark_conservation_delta 0"), scraped::body);
            assertTrue(lines.contains("tidemark_compaction_total{outcome=\"nothing-to-do\"} 1"), scraped::body);
            assertTrue(lines.contains("tidemark_compaction_total{outcome=\"compacted\"} 0"), scraped::body);
            assertEquals("# EOF", lines.getLast());
        }
    }

    @Test
    void withoutTcpItAnswersAtItsSocketWhichTheGroupMayUse() throws Exception {
        Path socket = data().resolve("tidemark.sock");
        try (Daemon daemon = daemon(null)) {
            Daemon.Ready ready = daemon.start();

            assertNull(ready.file().http());
            assertEquals(socket.toString(), ready.file().socket());
            assertTrue(ready.line().startsWith("ready http=off socket=" + socket + " "), ready::line);
            assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
            String answer = SocketTalk.say(socket, "GET /healthz HTTP/1.1|Host: localhost|Connection: close||");
            assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
        }
        assertFalse(Files.exists(socket));
    }

    @Test
    void verifyAsksTheDaemonOrReadsTheDirectoryAndExitsByWhatItFinds() throws Exception {
        assertEquals(65, tidemark("verify"));
        try (Daemon daemon = daemon(FREE_PORT)) {
            DaemonFile file = daemon.start().file();
            assertEquals(200, post(file, "{\"n\":1}").statusCode());
            assertEquals(0, tidemark("flush"));
            assertEquals(200, post(file, "{\"n\":2}").statusCode());
            assertEquals(0, tidemark("verify"), said::toString);
        }
        assertEquals(0, tidemark("verify"), said::toString);
        Path lives = data().resolve("lives");
        Files.writeString(lives, Files.readString(lives).replace("life", "LIFE"));
        assertEquals(1, tidemark("verify"));
        assertTrue(said.toString().contains("FAILED  I18"), said::toString);
    }

    @Test
    void aBackupIsTakenBesideTheDaemonAndRunsOnceItIsSaidWhatItIs() throws Exception {
        Path copy = directory.resolve("copy");
        try (Daemon daemon = daemon(FREE_PORT)) {
            DaemonFile file = daemon.start().file();
            assertEquals(200, post(file, "{\"n\":1}").statusCode());
            assertEquals(0, tidemark("backup", copy.toString()), said::toString);
            assertEquals(1, tidemark("backup", copy.toString()));
            assertEquals(75, tidemark("recover", "--restored", "--yes"));
        }
        assertEquals(0, tidemark("backup", directory.resolve("second").toString()), said::toString);
        assertEquals(64, on(copy, "recover", "--restored"));
        assertEquals(64, on(copy, "recover", "--yes"));
        assertEquals(0, on(copy, "recover", "--cloned", "--from", "seq:1", "--yes"), said::toString);
        assertTrue(said.toString().contains("from seq:1 "), said::toString);
        assertEquals(0, on(copy, "verify"), said::toString);
    }

    @Test
    void itsVerbsReachItAtTheSocketAndElseOverTcp() throws Exception {
        try (Daemon daemon = daemon(null)) {
            daemon.start();
            assertEquals(0, tidemark("flush"));
        }
        try (Daemon daemon = daemon(FREE_PORT)) {
            Files.delete(Path.of(daemon.start().file().socket()));
            assertEquals(0, tidemark("status"));
            assertTrue(said.toString().contains("healthy"), said::toString);
        }
    }

    private int tidemark(String... verb) {
        return on(data(), verb);
    }

    private int on(Path data, String... verb) {
        PrintWriter writer = new PrintWriter(said, true);
        List<String> words = new ArrayList<>(List.of(verb));
        words.addAll(List.of("--data", data.toString()));
        return Main.commandLine(new Console(writer, writer)).execute(words.toArray(String[]::new));
    }

    @Test
    void aStopLeavesNothingOpenAndTheRowsInPlace() throws Exception {
        try (Daemon daemon = daemon(FREE_PORT)) {
            DaemonFile file = daemon.start().file();
            assertEquals(200, post(file, "{\"n\":1}\n").statusCode());
        }
        assertTrue(DaemonFile.read(data()).isEmpty());

        try (Daemon again = daemon(FREE_PORT)) {
            assertEquals(1, again.start().head().value());
        }
    }

    @Test
    void aSinkFileThatIsWrongDegradesAndNoMore() throws Exception {
        Path sinks = Files.createDirectories(directory.resolve("config/sinks.d"));
        Files.writeString(sinks.resolve("archive.yaml"), "type: forward");
        try (Daemon daemon = daemon(FREE_PORT)) {
            DaemonFile file = daemon.start().file();

            String status = read(file, "/v1/status").body();
            assertTrue(status.startsWith("{\"state\":\"degraded\",\"reasons\":[{\"code\":\"sink-config\","), status);
            assertEquals(200, post(file, "{\"n\":1}\n").statusCode());
        }
    }

    @Test
    @Tag("I3")
    void aDirectoryThatAnotherHoldsIsNotTouched() throws Exception {
        Files.createDirectories(data());
        try (DirectoryLock held = DirectoryLock.take(data(), "pid=1");
                Daemon daemon = daemon(FREE_PORT)) {
            IOException refused = assertThrows(DirectoryLock.HeldException.class, daemon::start);

            assertEquals(75, ExitCode.of(refused));
            assertFalse(Files.exists(data().resolve("spool")), held::toString);
        }
    }

    @Test
    void aStartThatFailsHalfWayLetsEverythingGo() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Daemon daemon = daemon(new InetSocketAddress(taken.getInetAddress(), taken.getLocalPort()))) {
            Throwable refused = assertThrows(Exception.class, daemon::start);

            assertEquals(75, ExitCode.of(refused), refused::toString);
        }
        try (Daemon another = daemon(FREE_PORT)) {
            another.start();
        }
    }

    @Test
    @Tag("I1")
    void aSyncThatFailsEndsTheProcess() throws Exception {
        try (Daemon daemon = daemon(FREE_PORT)) {
            DaemonFile file = daemon.start().file();
            syncsFail.set(true);

            assertEquals(500, post(file, "{\"n\":1}\n").statusCode());
            clock.advance(Duration.ofSeconds(2));

            assertEquals(74, exits.poll(20, TimeUnit.SECONDS));
            syncsFail.set(false);
        }
    }

    private Path data() {
        return directory.resolve("data");
    }

    private Daemon daemon(@Nullable InetSocketAddress http) throws Exception {
        ConfigSource files = new ConfigDirectory(directory.resolve("config"), 1L << 32, Map.of());
        ConfigSource source = () -> {
            ConfigSource.Loaded loaded = files.load();
            return new ConfigSource.Loaded(loaded.config().listeningAt(http), loaded.outlines());
        };
        return new Daemon(
                source,
                source.load(),
                new DataDirectory(data()),
                new SocketPlaces(List.of()),
                new DurableFiles(failing(new LocalDisk())),
                clock,
                new Metrics(),
                exits::add,
                ServiceManager.NONE);
    }

    private static HttpResponse<String> read(DaemonFile daemon, String path) throws Exception {
        return send(HttpRequest.newBuilder(URI.create("http://" + daemon.http() + path)));
    }

    private static HttpResponse<String> post(DaemonFile daemon, String rows) throws Exception {
        return send(HttpRequest.newBuilder(URI.create("http://" + daemon.http() + "/v1/datasets/logs/rows"))
                .POST(BodyPublishers.ofString(rows)));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return client.send(request.build(), BodyHandlers.ofString());
        }
    }

    /** The same disk, except that no sync of a file succeeds while {@link #syncsFail} says so. */
    private Disk failing(Disk disk) {
        return wrapped(Disk.class, disk);
    }

    private <T> T wrapped(Class<T> type, T inner) {
        Object proxy =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    if (method.getName().equals("sync") && syncsFail.get()) {
                        throw new IOException("Input/output error");
                    }
                    try {
                        @Nullable Object result = method.invoke(inner, arguments);
                        return result instanceof DiskFile file ? wrapped(DiskFile.class, file) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return type.cast(proxy);
    }

    @Test
    void aScraperSeesHowFarASinkIsBehindAndThatItHasCaughtUp() throws Exception {
        writeSink("type: blob\nstore: {dir: " + directory.resolve("out") + "}\nevery: 1h\n");
        try (Daemon daemon = daemon(FREE_PORT)) {
            DaemonFile file = daemon.start().file();
            post(file, "{\"n\":1}\n{\"n\":2}\n");
            clock.advance(Duration.ofSeconds(90));

            List<String> behind = read(file, "/metrics").body().lines().toList();
            assertTrue(behind.contains("tidemark_sink_lag_rows{sink=\"archive\"} 2"), behind::toString);
            assertTrue(behind.contains("tidemark_sink_lag_seconds{sink=\"archive\"} 90"), behind::toString);

            assertEquals(0, tidemark("sink", "run", "archive"), said::toString);
            List<String> after = read(file, "/metrics").body().lines().toList();
            assertTrue(after.contains("tidemark_sink_lag_rows{sink=\"archive\"} 0"), after::toString);
            assertTrue(after.contains("tidemark_sink_delivered_rows_total{sink=\"archive\"} 2"), after::toString);
            assertTrue(after.contains("tidemark_sink_lag_seconds{sink=\"archive\"} 0"), after::toString);
        }
    }

    @Test
    @Tag("I13")
    void upkeepSaysBeforeAndAfterwardsWhatItDoesAndWhy() throws Exception {
        try (Daemon daemon = daemon(FREE_PORT)) {
            DaemonFile file = daemon.start().file();
            for (int flush = 0; flush < 8; flush++) {
                post(file, "{\"n\":" + flush + "}\n");
                assertEquals(0, tidemark("flush"), said::toString);
            }
            assertEquals(0, tidemark("upkeep", "--dry-run"), said::toString);
            assertTrue(said.toString().contains("would merge 8 files"), said::toString);
            String before = read(file, "/v1/status").body();
            assertTrue(before.contains("\"upkeep\":{\"last_run\":null,\"outcome\":null,\"why\":[]}"), before);

            assertEquals(0, tidemark("upkeep"), said::toString);
            assertTrue(said.toString().contains("compaction compacted (8 files to 1)"), said::toString);
            assertTrue(said.toString().contains("merged 8 files"), said::toString);
            String after = read(file, "/v1/status").body();
            assertTrue(after.contains("\"outcome\":\"compacted\",\"why\":[\"merged 8 files"), after);
        }
    }

    @Test
    @Tag("I11")
    void aMistakeInAFileCostsNoRowThatWaits() throws Exception {
        String right = "type: blob\nstore: {dir: " + directory.resolve("out")
                + "}\nformat: jsonl\ncompression: none\nevery: 1h\n";
        Path main = directory.resolve("config/tidemark.yaml");
        writeSink(right);
        Files.writeString(main, "datasets: {logs: {retention: {age: 1h, min_stay: 0s}}}\n");
        try (Daemon daemon = daemon(FREE_PORT)) {
            post(daemon.start().file(), "{\"n\":1}\n{\"n\":2}\n");
        }
        clock.advance(Duration.ofDays(2));
        String kept = Files.readString(main);
        Files.writeString(main, kept + "spool: {segmnt: 1MiB}\n");
        assertThrows(ConfigException.class, () -> daemon(FREE_PORT));
        Files.writeString(main, kept);

        writeSink(right.replace("store", "stor"));
        try (Daemon daemon = daemon(FREE_PORT)) {
            post(daemon.start().file(), "{\"n\":3}\n");
            assertEquals(0, tidemark("flush"), said::toString);
            clock.advance(Duration.ofDays(2));
            assertEquals(0, tidemark("upkeep"), said::toString);
        }

        writeSink(right);
        try (Daemon daemon = daemon(FREE_PORT)) {
            daemon.start();
            assertEquals(0, tidemark("sink", "run", "archive"), said::toString);
        }
        assertEquals(List.of("{\"n\":1}", "{\"n\":2}", "{\"n\":3}"), delivered());
    }

    private void writeSink(String text) throws IOException {
        Path sinks = Files.createDirectories(directory.resolve("config/sinks.d"));
        Files.writeString(sinks.resolve("archive.yaml"), text);
    }

    private List<String> delivered() throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> objects = Files.walk(directory.resolve("out"))) {
            for (Path object : objects.filter(
                            path -> path.getFileName().toString().matches("0.*\\.jsonl"))
                    .sorted()
                    .toList()) {
                lines.addAll(Files.readAllLines(object));
            }
        }
        return lines;
    }
}
