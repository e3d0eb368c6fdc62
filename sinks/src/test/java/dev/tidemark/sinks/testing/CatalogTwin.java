// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.testing;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.Files;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.inmemory.InMemoryFileIO;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.rest.CatalogHandlers;
import org.apache.iceberg.rest.RESTCatalogProperties.SnapshotMode;
import org.apache.iceberg.rest.RESTSerializers;
import org.apache.iceberg.rest.RESTUtil;
import org.apache.iceberg.rest.requests.CreateNamespaceRequest;
import org.apache.iceberg.rest.requests.CreateTableRequest;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.apache.iceberg.rest.responses.ConfigResponse;
import org.apache.iceberg.rest.responses.ErrorResponse;
import org.apache.iceberg.rest.responses.LoadTableResponse;
import org.apache.iceberg.rest.responses.OAuthTokenResponse;
import org.jspecify.annotations.Nullable;

/** A catalog server of Iceberg's own parts: its handlers of the REST protocol, over its catalog in a database. */
public final class CatalogTwin implements AutoCloseable {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .visibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY)
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .build();

    static {
        RESTSerializers.registerAll(MAPPER);
    }

    private final JdbcCatalog catalog;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, String> handedOut = new ConcurrentHashMap<>();
    private final AtomicInteger tokens = new AtomicInteger();
    private volatile @Nullable String taken;

    /** @param warehouse where the catalog puts the files of its tables */
    public CatalogTwin(String warehouse) throws IOException {
        FileIO metadata = warehouse.startsWith("/") ? new OnDisk() : new InMemoryFileIO();
        catalog = new JdbcCatalog(properties -> metadata, null, true);
        catalog.initialize(
                "twin",
                Map.of("warehouse", warehouse, "uri", "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1"));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/v1/", this::serve);
        server.createContext("/", exchange -> answer(exchange, 404, "no such page"));
        server.setExecutor(threads);
        server.start();
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/api");
    }

    /** A table as the catalog has it now, with its files where they are. */
    public Table table(String namespace, String name) {
        return catalog.loadTable(TableIdentifier.of(namespace, name));
    }

    /** Says this of the place of every table from now on. */
    public void handOut(Map<String, String> properties) {
        handedOut.putAll(properties);
    }

    /** Takes only requests with this token from now on; tokens that are asked for are {@code token-1}, {@code token-2}, …. */
    public void take(String token) {
        taken = token;
    }

    private void serve(HttpExchange exchange) throws IOException {
        try {
            String[] path = exchange.getRequestURI().getPath().split("/");
            if (path.length == 5 && path[3].equals("oauth")) {
                answer(exchange, 200, token());
                return;
            }
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (taken != null && !("Bearer " + taken).equals(authorization)) {
                fail(exchange, 401, "NotAuthorizedException", "who are you?");
                return;
            }
            Object said = said(exchange, path);
            answer(exchange, said == null ? 204 : 200, said);
        } catch (CommitFailedException | AlreadyExistsException e) {
            fail(exchange, 409, e.getClass().getSimpleName(), e.getMessage());
        } catch (NoSuchTableException | NoSuchNamespaceException e) {
            fail(exchange, 404, e.getClass().getSimpleName(), e.getMessage());
        } catch (IllegalArgumentException e) {
            fail(exchange, 400, e.getClass().getSimpleName(), e.getMessage());
        } catch (RuntimeException e) {
            fail(exchange, 500, e.getClass().getSimpleName(), String.valueOf(e));
        } finally {
            exchange.close();
        }
    }

    private OAuthTokenResponse token() {
        return OAuthTokenResponse.builder()
                .withToken("token-" + tokens.incrementAndGet())
                .withTokenType("bearer")
                .setExpirationInSeconds(3600)
                .build();
    }

    /** What a path below {@code /api/v1} answers; null: nothing but that all is well. */
    private @Nullable Object said(HttpExchange exchange, String[] path) throws IOException {
        String method = exchange.getRequestMethod();
        if (path[3].equals("config")) {
            return ConfigResponse.builder().build();
        }
        if (path.length == 4) {
            return CatalogHandlers.createNamespace(catalog, read(exchange, CreateNamespaceRequest.class));
        }
        Namespace namespace = RESTUtil.decodeNamespace(path[4], "%1F");
        if (path.length == 5) {
            return CatalogHandlers.loadNamespace(catalog, namespace);
        }
        if (path.length == 6) {
            return method.equals("POST")
                    ? CatalogHandlers.createTable(catalog, namespace, read(exchange, CreateTableRequest.class))
                    : CatalogHandlers.listTables(catalog, namespace);
        }
        TableIdentifier table = TableIdentifier.of(namespace, path[6]);
        if (method.equals("POST")) {
            return CatalogHandlers.updateTable(catalog, table, read(exchange, UpdateTableRequest.class));
        }
        LoadTableResponse there = CatalogHandlers.loadTable(catalog, table, SnapshotMode.ALL);
        return LoadTableResponse.builder()
                .withTableMetadata(there.tableMetadata())
                .addAllConfig(new HashMap<>(handedOut))
                .build();
    }

    private static <T> T read(HttpExchange exchange, Class<T> type) throws IOException {
        return MAPPER.readValue(exchange.getRequestBody().readAllBytes(), type);
    }

    private static void fail(HttpExchange exchange, int status, String type, @Nullable String message)
            throws IOException {
        answer(
                exchange,
                status,
                ErrorResponse.builder()
                        .responseCode(status)
                        .withType(type)
                        .withMessage(String.valueOf(message))
                        .withStackTrace(List.of())
                        .build());
    }

    private static void answer(HttpExchange exchange, int status, @Nullable Object said) throws IOException {
        byte[] body = said instanceof String text
                ? text.getBytes(StandardCharsets.UTF_8)
                : said == null ? new byte[0] : MAPPER.writeValueAsBytes(said);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    @Override
    public void close() throws IOException {
        server.stop(0);
        threads.shutdownNow();
        catalog.close();
    }

    /** Where the catalog writes the metadata of a table on this host. */
    private static final class OnDisk implements FileIO {
        private static final long serialVersionUID = 1L;

        @Override
        public InputFile newInputFile(String location) {
            return Files.localInput(location);
        }

        @Override
        public OutputFile newOutputFile(String location) {
            return Files.localOutput(location);
        }

        @Override
        public void deleteFile(String location) {
            try {
                java.nio.file.Files.delete(Path.of(location));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
