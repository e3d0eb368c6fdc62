// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;

/**
 * An HTTP endpoint that knows nothing of this product but honours {@code Idempotency-Key}, in a mood that a seed chooses.
 *
 * <p>It refuses for now, with every kind of {@code Retry-After}; it breaks off before and after it has stored; it stores
 * and says that it failed. What it stored goes into an audit.
 */
final class PlainEndpoint implements AutoCloseable {
    private static final int PERCENT = 100;
    /** The newest ones: a request comes again soon, or never. */
    private static final int KEYS_MAX = 100_000;

    private static final List<String> PATIENCE = List.of("", "0", "-1", "soon", "1", "Thu, 01 Jan 1970 00:00:00 GMT");

    private final HttpServer server;
    private final Audit audit;
    private final Set<String> keys = Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > KEYS_MAX;
        }
    });
    private final Random random;
    private volatile int troublePercent;
    private long refused;
    private long broken;

    /** What happens to one request. */
    private enum Mood {
        REFUSE_FOR_NOW,
        FAIL,
        BREAK_OFF,
        STORE_AND_FAIL,
        STORE_AND_BREAK_OFF,
        STORE
    }

    PlainEndpoint(Audit audit, long seed, int troublePercent) throws IOException {
        this.audit = audit;
        this.random = new Random(seed);
        this.troublePercent = troublePercent;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/rows");
    }

    /** From here on so many of a hundred requests go wrong. */
    void trouble(int percent) {
        troublePercent = percent;
    }

    synchronized String counts() {
        return "refused=" + refused + " broken=" + broken;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            switch (mood()) {
                case REFUSE_FOR_NOW -> {
                    String patience = patience();
                    if (!patience.isEmpty()) {
                        exchange.getResponseHeaders().set("Retry-After", patience);
                    }
                    exchange.getRequestBody().readAllBytes();
                    exchange.sendResponseHeaders(patience.length() % 2 == 0 ? 503 : 429, -1);
                }
                case FAIL -> {
                    exchange.getRequestBody().readAllBytes();
                    exchange.sendResponseHeaders(500, -1);
                }
                case BREAK_OFF -> exchange.getRequestBody().readNBytes(100);
                case STORE_AND_FAIL -> {
                    store(exchange);
                    exchange.sendResponseHeaders(500, -1);
                }
                case STORE_AND_BREAK_OFF -> store(exchange);
                case STORE -> {
                    store(exchange);
                    exchange.sendResponseHeaders(204, -1);
                }
            }
        }
    }

    /** All of a request or nothing: a body that ends too soon throws before anything is kept. */
    private void store(HttpExchange exchange) throws IOException {
        String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
        String body;
        try (InputStream in = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))
                ? new GZIPInputStream(exchange.getRequestBody())
                : exchange.getRequestBody()) {
            body = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        synchronized (this) {
            if (keys.add(key)) {
                body.lines().forEach(line -> audit.row(exchange.getRequestURI().getPath(), line));
            }
        }
    }

    private synchronized Mood mood() {
        if (random.nextInt(PERCENT) >= troublePercent) {
            return Mood.STORE;
        }
        Mood mood = Mood.values()[random.nextInt(Mood.values().length - 1)];
        if (mood == Mood.REFUSE_FOR_NOW) {
            refused++;
        } else {
            broken++;
        }
        return mood;
    }

    private synchronized String patience() {
        return PATIENCE.get(random.nextInt(PATIENCE.size()));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
