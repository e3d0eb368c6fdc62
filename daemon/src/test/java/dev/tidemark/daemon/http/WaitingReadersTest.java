// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.config.Declarations;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.RowTerms;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.quarantine.Quarantine;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers who wait for rows in every place that there is. */
class WaitingReadersTest {
    private static final int PLACES = 3;

    @TempDir
    private Path directory;

    @Test
    @Tag("I13")
    void theyKeepNobodyFromBringingThem() throws IOException, InterruptedException {
        DurableFiles files = new DurableFiles(new LocalDisk());
        RowTerms terms = new RowTerms(IngestSettings.DEFAULT, Declarations.NONE);
        List<Socket> readers = new ArrayList<>();
        try (RootAllocator memory = new RootAllocator(64 << 20);
                Cache cache = Cache.open(
                        new Cache.Options(directory, Sequence.NONE, 1 << 20, 1000, 1 << 20),
                        files,
                        memory,
                        InstantSource.system());
                HttpServer server = new HttpServer(
                        Serving.freePort(),
                        HttpServer.rowRoutes(
                                cache,
                                () -> terms,
                                new Quarantine(files, directory, InstantSource.system()),
                                memory,
                                HeapShares.ofThisProcess(),
                                () -> 0,
                                new Metrics()),
                        new Lobby.Room(20, PLACES),
                        System::nanoTime);
                HttpClient client = HttpClient.newHttpClient()) {
            server.start();
            post(client, server);
            for (int each = 0; each < PLACES; each++) {
                Socket reader = reader(server);
                readers.add(reader);
                assertThrows(
                        SocketTimeoutException.class,
                        () -> reader.getInputStream().read());
            }

            post(client, server);

            for (Socket reader : readers) {
                reader.setSoTimeout((int) Serving.PATIENCE.toMillis());
                assertEquals('H', reader.getInputStream().read());
            }
        } finally {
            for (Socket reader : readers) {
                reader.close();
            }
        }
    }

    private static void post(HttpClient client, HttpServer server) throws IOException, InterruptedException {
        assertEquals(
                200,
                client.send(
                                Serving.request(server, "/v1/datasets/logs/rows")
                                        .POST(BodyPublishers.ofString("{\"n\":1}"))
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode());
    }

    private static Socket reader(HttpServer server) throws IOException {
        InetSocketAddress address = server.address().orElseThrow();
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(100);
        String request = "GET /v1/datasets/logs/rows?since=seq:1&wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }
}
