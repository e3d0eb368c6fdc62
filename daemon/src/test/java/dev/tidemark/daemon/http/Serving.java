// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.daemon.SocketTalk;
import dev.tidemark.daemon.config.AccessToken;
import dev.tidemark.daemon.config.Declarations;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.RowTerms;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.quarantine.Quarantine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.RootAllocator;

/** A cache in a directory, served on a free port, and a client that talks to it. */
final class Serving implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    /** What all appends together may take of the heap. */
    static final long APPEND_BYTES = 64 << 20;

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final RootAllocator memory = new RootAllocator(256 << 20);
    private final GatedDisk disk = new GatedDisk();
    private final Cache cache;
    private final Path socket;
    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    Serving(Path directory, IngestSettings ingest, Declarations declarations, HeapBudget heap) throws IOException {
        this(directory, ingest, declarations, heap, List.of());
    }

    private Serving(
            Path directory, IngestSettings ingest, Declarations declarations, HeapBudget heap, List<AccessToken> tokens)
            throws IOException {
        cache = Cache.open(
                new Cache.Options(directory, Sequence.NONE, 1 << 20, 1000, 1 << 20),
                new DurableFiles(disk),
                memory,
                InstantSource.fixed(NOON));
        RowTerms terms = new RowTerms(ingest, declarations);
        HeapShares shares = new HeapShares(heap, new HeapBudget(APPEND_BYTES), heap);
        socket = directory.resolve("s");
        server = new HttpServer(
                new Listening(freePort().tcp(), socket, Set.of("edge-17"), tokens, null, 1000),
                HttpServer.rowRoutes(
                        cache,
                        () -> terms,
                        new Quarantine(new DurableFiles(disk), directory, InstantSource.fixed(NOON)),
                        memory,
                        shares,
                        () -> 0,
                        new Metrics()));
        server.start();
    }

    /** One that lets in over TCP who has a token. */
    Serving(Path directory, AccessToken... tokens) throws IOException {
        this(directory, IngestSettings.DEFAULT, Declarations.NONE, new HeapBudget(128 << 20), List.of(tokens));
    }

    /** Any free port of the loopback interface. */
    static Listening freePort() {
        return new Listening(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null, Set.of(), List.of(), null, 1000);
    }

    Cache cache() {
        return cache;
    }

    /** What rows take off the heap. */
    long rowBytes() {
        return memory.getAllocatedMemory();
    }

    GatedDisk disk() {
        return disk;
    }

    HttpClient client() {
        return client;
    }

    HttpServer server() {
        return server;
    }

    HttpRequest.Builder request(String path) {
        return request(server, path);
    }

    static HttpRequest.Builder request(HttpServer server, String path) {
        return HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + server.address().orElseThrow().getPort() + path))
                .timeout(PATIENCE);
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    /** Asks at the socket for what is not taken over TCP. */
    SocketTalk.Said order(String path) throws IOException {
        return SocketTalk.order(socket, path);
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return post(path, BodyPublishers.ofString(body));
    }

    HttpResponse<String> post(String path, BodyPublisher body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path).POST(body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    SocketTalk.Said order(String path, String body) throws IOException {
        return SocketTalk.order(socket, path, body);
    }

    /** The lines of a page. */
    static List<String> lines(HttpResponse<String> page) {
        return page.body().lines().toList();
    }

    static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("-");
    }

    static JsonNode json(HttpResponse<String> answer) throws IOException {
        return JSON.readTree(answer.body());
    }

    static JsonNode json(SocketTalk.Said answer) throws IOException {
        return JSON.readTree(answer.body());
    }

    /** Status and slug, such as {@code 400 bad-token}. */
    static String refusal(HttpResponse<String> answer) throws IOException {
        return refusal(new SocketTalk.Said(answer.statusCode(), answer.body()));
    }

    static String refusal(SocketTalk.Said answer) throws IOException {
        String type = json(answer).path("type").asText();
        return answer.statusCode() + " " + type.substring(type.lastIndexOf('/') + 1);
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
        cache.close();
        memory.close();
    }
}
