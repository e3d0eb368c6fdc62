// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tidemark.daemon.SocketTalk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What the log says of requests that fail one after the other. */
@Timeout(60)
final class FailuresTest {
    private static final Logger LOG = (Logger) LoggerFactory.getLogger(Failures.class);

    @TempDir
    Path directory;

    private final ListAppender<ILoggingEvent> told = new ListAppender<>();
    private final AtomicLong nanos = new AtomicLong();

    @BeforeEach
    void listen() {
        told.start();
        LOG.addAppender(told);
    }

    @AfterEach
    void leave() {
        LOG.detachAppender(told);
    }

    private List<String> lines() {
        return told.list.stream()
                .map(line -> line.getLevel() + " " + line.getFormattedMessage())
                .toList();
    }

    @Test
    @Tag("I14")
    void aDiskThatRefusesEveryRequestIsToldOnceAndThenWithACount() throws IOException {
        Broken broken = new Broken();
        try (HttpServer server = new HttpServer(
                new Listening(null, directory.resolve("s"), Set.of(), List.of(), null, 10),
                List.of(broken),
                new Lobby.Room(20, 5),
                nanos::get)) {
            server.start();
            for (int request = 0; request < 20; request++) {
                assertEquals(
                        500,
                        SocketTalk.order(directory.resolve("s"), "/v1/flush").statusCode());
            }
            server.look();
            assertEquals(
                    List.of("WARN request failed method=POST path=/v1/flush"
                            + " why=java.io.IOException: segment 1 < java.io.IOException: Input/output error"),
                    lines());
            assertNull(told.list.getFirst().getThrowableProxy());

            nanos.addAndGet(Duration.ofSeconds(61).toNanos());
            server.look();
            server.look();
        }
        assertEquals(2, lines().size(), () -> lines().toString());
        assertTrue(
                lines().getLast().startsWith("WARN requests failed as before count=19 method=POST why=IOException < "),
                () -> lines().toString());
    }

    @Test
    void anotherKindIsToldAtOnceAndOurOwnFaultWithItsTrace() {
        Failures failures = new Failures(nanos::get);
        failures.tell("POST", "/a", new IOException("disk"));
        failures.tell("GET", "/b", new IllegalStateException("ours"));
        failures.tell("GET", "/b", new IllegalStateException("another"));

        assertEquals(
                List.of(
                        "WARN request failed method=POST path=/a why=java.io.IOException: disk",
                        "ERROR request failed method=GET path=/b",
                        "ERROR request failed method=GET path=/b"),
                lines());
    }

    @Test
    @Tag("I13")
    void whatIsRememberedOfKindsHasABound() {
        Failures failures = new Failures(nanos::get);
        for (int kind = 0; kind < 101; kind++) {
            failures.tell("M" + kind, "/", new IOException("x"));
        }
        failures.tell("M0", "/", new IOException("x"));

        assertEquals(102, lines().size());
    }

    /** A route whose file says something else each time. */
    private static final class Broken implements Route {
        private final AtomicInteger segments = new AtomicInteger();

        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String path() {
            return "/v1/flush";
        }

        @Override
        public Permission permission() {
            return Permission.ADMIN;
        }

        @Override
        public Answer answer(Request request) throws IOException {
            throw new IOException("segment " + segments.incrementAndGet(), new IOException("Input/output error"));
        }
    }
}
