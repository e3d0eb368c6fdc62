// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.config.ConfigDirectory;
import dev.tidemark.daemon.config.ConfigSource;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.service.ServiceManager;
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
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** One daemon forwards to another over TLS, with certificates on both sides and a token, and nobody sees the token. */
class SecureForwardTest {
    private static final String CANARY = "canary-8f2c61d0e7";
    private static final String RUN = "/v1/sinks/central/run?wait=30s";

    @TempDir
    private Path directory;

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private Certificates certificates;

    @BeforeEach
    void sign() throws Exception {
        certificates = new Certificates(directory.resolve("certificates"));
        certificates.sign("central", "dns:localhost,ip:127.0.0.1");
        certificates.sign("edge", "dns:edge");
        log.start();
        root.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        root.detachAppender(log);
    }

    private Daemon daemon(String name) throws Exception {
        ConfigSource source = new ConfigDirectory(directory.resolve(name), 1L << 32, Map.of());
        return new Daemon(
                source,
                source.load(),
                new DataDirectory(directory.resolve(name + "-data")),
                new SocketPlaces(List.of()),
                new DurableFiles(new LocalDisk()),
                InstantSource.system(),
                new Metrics(),
                code -> {},
                ServiceManager.NONE);
    }

    private void write(String file, String text) throws Exception {
        Path path = directory.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private void configureSink(String address, String more) throws Exception {
        write("edge/sinks.d/central.yaml", """
                type: forward
                url: https://%s/v1/forward
                every: 1h
                token: "${file:%s}"
                tls: {ca: %s%s}
                """.formatted(
                        address, directory.resolve("token"), certificates.authority(), more));
    }

    @Test
    @Tag("I10")
    void aTokenAndTwoCertificatesLetRowsThrough() throws Exception {
        write("token", CANARY + "\n");
        write("wrong", CANARY + "-wrong");
        write("central/tidemark.yaml", """
                listen:
                  http: 127.0.0.1:0
                  tls: {cert: %s, key: %s, client_ca: %s}
                  tokens:
                    edge: {scope: ingest, value: "${file:%s}"}
                """.formatted(
                        certificates.certificate("central"),
                        certificates.key("central"),
                        certificates.authority(),
                        directory.resolve("token")));
        write("edge/tidemark.yaml", "listen: {http: off}\n");
        List<String> said = new ArrayList<>();
        try (Daemon central = daemon("central")) {
            Daemon.Ready receiver = central.start();
            String address = String.valueOf(receiver.file().http());
            configureSink(address, "");
            said.add(onEdge(edge -> {
                SocketTalk.order(edge, "/v1/datasets/logs/rows", "{\"n\":1}");
                return SocketTalk.order(edge, RUN).body();
            }));
            assertTrue(said.getFirst().contains("\"delivered_rows\":0"), said.getFirst());

            configureSink(
                    address, ", cert: " + certificates.certificate("edge") + ", key: " + certificates.key("edge"));
            said.add(onEdge(edge -> SocketTalk.order(edge, RUN).body()
                    + SocketTalk.say(edge, "GET /v1/status HTTP/1.1|Host: a|Connection: close||")
                    + SocketTalk.say(edge, "GET /metrics HTTP/1.1|Host: a|Connection: close||")));
            assertTrue(said.getLast().contains("\"delivered_rows\":1"), said.getLast());
            Path socket = Path.of(receiver.file().socket());
            said.add(SocketTalk.say(socket, "GET /v1/datasets/logs/rows HTTP/1.1|Host: a|Connection: close||"));
            assertTrue(said.getLast().contains("{\"n\":1}"), said.getLast());
            said.add(SocketTalk.say(socket, "GET /v1/status HTTP/1.1|Host: a|Connection: close||"));

            write("token", CANARY + "-wrong");
            said.add(onEdge(edge -> {
                SocketTalk.order(edge, "/v1/datasets/logs/rows", "{\"n\":2}");
                return SocketTalk.order(edge, RUN).body()
                        + SocketTalk.say(edge, "GET /v1/status HTTP/1.1|Host: a|Connection: close||");
            }));
            assertTrue(said.getLast().contains("401"), said.getLast());
        }
        log.list.forEach(event -> said.add(event.getFormattedMessage() + event.getThrowableProxy()));
        assertEquals(
                List.of(), said.stream().filter(each -> each.contains(CANARY)).toList());
        assertFalse(said.isEmpty());
    }

    /** What is done with a daemon while it runs. */
    @FunctionalInterface
    private interface Visit {
        String at(Path socket) throws Exception;
    }

    private String onEdge(Visit visit) throws Exception {
        try (Daemon edge = daemon("edge")) {
            return visit.at(Path.of(edge.start().file().socket()));
        }
    }
}
