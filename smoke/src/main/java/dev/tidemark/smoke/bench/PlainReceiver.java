// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

/** An HTTP endpoint that reads what it is sent and says that it has it. */
final class PlainReceiver implements AutoCloseable {
    private static final int OK = 200;
    private static final int NO_BODY = -1;

    private final HttpServer server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    PlainReceiver() throws IOException {
        this(OutputStream.nullOutputStream());
    }

    /** Gives what it is sent to somebody whom any thread may call. */
    PlainReceiver(OutputStream target) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> take(exchange, target));
        server.start();
    }

    private static void take(HttpExchange exchange, OutputStream target) throws IOException {
        try (exchange) {
            exchange.getRequestBody().transferTo(target);
            exchange.sendResponseHeaders(OK, NO_BODY);
        }
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/rows");
    }

    /** Posts each body, one after the other. */
    void postAll(List<byte[]> bodies) throws IOException {
        try {
            for (byte[] body : bodies) {
                HttpRequest request = HttpRequest.newBuilder(uri())
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build();
                int status = client.send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                BrokenPromise.unless(status == OK, "the receiver answered %d", status);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokenPromise("interrupted while posting");
        }
    }

    @Override
    public void close() {
        client.close();
        server.stop(0);
    }
}
