// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.process;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Speaks HTTP to one daemon, and never asks twice by itself. Thread-safe.
 *
 * <p>An {@code IOException} means that there was no whole answer: what became of the request is unknown.
 */
public final class Caller {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final URI root;
    private final SocketCaller socket;

    Caller(String address, SocketCaller socket) {
        this.root = URI.create("http://" + address);
        this.socket = socket;
    }

    /** GET. */
    public Answer fetch(String path) throws IOException {
        return send("GET " + path, to(path).GET());
    }

    /** POST without a body, at the socket, where orders are taken: flush, run. */
    public Answer order(String path) throws IOException {
        return socket.order(path);
    }

    /** The same, for what may take as long as this. */
    public Answer order(String path, Duration patience) throws IOException {
        return socket.order(path, patience);
    }

    public Answer postRows(String dataset, byte[] ndjson) throws IOException {
        return send("POST rows of " + dataset, rows(dataset, ndjson));
    }

    /** Under a key, so that it may be sent again. */
    public Answer postRows(String dataset, byte[] ndjson, String key) throws IOException {
        return send(
                "POST rows of " + dataset + " as " + key, rows(dataset, ndjson).header("Idempotency-Key", key));
    }

    private HttpRequest.Builder rows(String dataset, byte[] ndjson) {
        return to("/v1/datasets/" + dataset + "/rows")
                .header("Content-Type", "application/x-ndjson")
                .POST(BodyPublishers.ofByteArray(ndjson));
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(root.resolve(path)).timeout(PATIENCE);
    }

    private Answer send(String words, HttpRequest.Builder request) throws IOException {
        try {
            HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
            Map<String, String> headers = new HashMap<>();
            response.headers().map().forEach((name, values) -> headers.put(name, values.getLast()));
            return Answer.of(words, response.statusCode(), headers, response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted during " + words, e);
        }
    }
}
