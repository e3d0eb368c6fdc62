// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tidemark.daemon.decoding.BodyFormat;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class RowSenderTest {
    private static final byte[] ROW = "{}\n".getBytes(StandardCharsets.UTF_8);

    private final List<String> keys = new ArrayList<>();
    private final List<Integer> script = new ArrayList<>();
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/datasets/logs/rows", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    /** As the script says; 0 is a connection that is cut. */
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            keys.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
            int status = script.isEmpty() ? 200 : script.removeFirst();
            if (status > 0) {
                byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, body.length);
                exchange.getResponseBody().write(body);
            }
        }
    }

    private RowSender sender() {
        return new RowSender(
                () -> DaemonClient.at(DaemonAddress.ofUrl(
                        "http://127.0.0.1:" + server.getAddress().getPort())),
                "logs",
                BodyFormat.NDJSON);
    }

    @Test
    void aBatchWithoutAnAnswerIsSentAgainUnderItsKey() throws Exception {
        script.addAll(List.of(0, 500, 503, 507, 429, 200));
        RowSender sender = sender();
        assertEquals(200, sender.send(ROW).status());
        assertEquals(6, keys.size());
        assertEquals(1, keys.stream().distinct().count());
        sender.send(ROW);
        assertNotEquals(keys.get(5), keys.get(6));
    }

    @Test
    void twoRunsHaveNoKeyInCommon() throws Exception {
        sender().send(ROW);
        sender().send(ROW);
        assertNotEquals(keys.get(0), keys.get(1));
    }

    @Test
    void aRefusalIsFinal() {
        script.add(422);
        CommandException refused = assertThrows(CommandException.class, () -> sender().send(ROW));
        assertEquals(CommandException.CHECK_FAILED, refused.exitCode());
        assertEquals(1, keys.size());
    }

    @Test
    void withoutADaemonTheFirstBatchFailsAtOnce() {
        server.stop(0);
        CommandException absent = assertThrows(CommandException.class, () -> sender().send(ROW));
        assertEquals(CommandException.NO_DAEMON, absent.exitCode());
    }

    @Test
    @Tag("I1")
    void aDaemonThatWasNeverThereIsWaitedForWhileSomebodyWritesIntoThePipe() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger waited = new AtomicInteger();
        RowSender.Way way = () -> {
            if (asked.incrementAndGet() <= 3) {
                throw new CommandException(CommandException.NO_DAEMON, "no daemon runs");
            }
            return DaemonClient.at(DaemonAddress.ofUrl(
                    "http://127.0.0.1:" + server.getAddress().getPort()));
        };
        RowSender sender = new RowSender(way, "logs", BodyFormat.NDJSON, Duration.ofDays(1), () -> {
            waited.incrementAndGet();
            return true;
        });

        assertEquals(200, sender.send(ROW).status());
        assertEquals(3, waited.get());
        assertEquals(1, keys.size());
    }
}
