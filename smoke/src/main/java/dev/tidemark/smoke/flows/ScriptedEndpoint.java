// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.SeenRow;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP endpoint that honours {@code Idempotency-Key}, takes rows when it can, and until its script is at its end does
 * to each request what the script says.
 */
final class ScriptedEndpoint implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpServer server;
    private final Deque<Turn> script = new ArrayDeque<>();
    private final Set<String> keys = new HashSet<>();
    private final List<SeenRow> rows = new ArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private String poison = "";
    private @Nullable Turn always;

    /**
     * What happens to one request.
     *
     * @param status the answer; 0 for none, and the connection ends
     * @param header {@code Name: value} to go with it, or empty
     */
    record Turn(Deed deed, int status, String header) {
        static Turn answer(int status, String header) {
            return new Turn(Deed.LEAVE, status, header);
        }
    }

    /** What is done with the rows. */
    enum Deed {
        STORE,
        LEAVE,
        HANG
    }

    ScriptedEndpoint() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/rows");
    }

    /** The same for whoever speaks another language. */
    InetSocketAddress where() {
        return server.getAddress();
    }

    /** All requests of any method are part of the script, and after it this happens to each. */
    synchronized void thenOnly(Turn turn) {
        always = turn;
    }

    /** The next requests get these, one each. */
    synchronized void next(List<Turn> turns) {
        script.addAll(turns);
    }

    /** A request that has the row of this id is refused as a whole with 422. */
    synchronized void refuse(String id) {
        poison = id;
    }

    synchronized int turnsLeft() {
        return script.size();
    }

    synchronized List<SeenRow> rows() {
        return List.copyOf(rows);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Turn turn = whateverComes();
            if (turn == null) {
                if (!exchange.getRequestMethod().equals("POST")) {
                    exchange.sendResponseHeaders(404, -1);
                    return;
                }
                turn = turn(
                        exchange.getRequestHeaders().getFirst("Idempotency-Key"),
                        new String(body, StandardCharsets.UTF_8));
            }
            if (turn.deed() == Deed.HANG) {
                closed.await();
            } else if (turn.status() > 0) {
                if (!turn.header().isEmpty()) {
                    String[] header = turn.header().split(": *", 2);
                    exchange.getResponseHeaders().set(header[0], header[1]);
                }
                exchange.sendResponseHeaders(turn.status(), -1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized @Nullable Turn whateverComes() {
        return always != null && !script.isEmpty() ? script.remove() : always;
    }

    private synchronized Turn turn(String key, String body) throws IOException {
        Turn turn = script.isEmpty() ? new Turn(Deed.STORE, 204, "") : script.remove();
        List<SeenRow> found = new ArrayList<>();
        for (String line : body.lines().toList()) {
            found.add(SeenRow.onPage("endpoint", null, JSON.readTree(line)));
        }
        if (turn.deed() != Deed.STORE) {
            return turn;
        }
        if (found.stream().anyMatch(row -> row.fields().path(Ledger.ID).asText().equals(poison))) {
            return Turn.answer(422, "");
        }
        if (keys.add(key)) {
            rows.addAll(found);
        }
        return turn;
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
    }
}
