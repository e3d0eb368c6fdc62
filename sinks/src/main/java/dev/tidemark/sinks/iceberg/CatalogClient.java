// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.sinks.S3Destination.Timeouts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.iceberg.exceptions.RESTException;
import org.apache.iceberg.rest.BaseHTTPClient;
import org.apache.iceberg.rest.ErrorHandler;
import org.apache.iceberg.rest.HTTPHeaders;
import org.apache.iceberg.rest.HTTPRequest;
import org.apache.iceberg.rest.HTTPRequest.HTTPMethod;
import org.apache.iceberg.rest.ImmutableHTTPRequest;
import org.apache.iceberg.rest.RESTResponse;
import org.apache.iceberg.rest.RESTSerializers;
import org.apache.iceberg.rest.auth.AuthSession;
import org.apache.iceberg.rest.responses.ErrorResponse;
import org.jspecify.annotations.Nullable;

/**
 * Asks a catalog, each question once and with deadlines: Iceberg's own client sends a commit again by itself, and then cannot
 * tell whether it was refused because it had been made.
 */
final class CatalogClient extends BaseHTTPClient {
    private static final long ANSWER_BYTES_MAX = 256L << 20;
    private static final int NOT_FOUND = 404;
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;
    private static final int ERRORS = 400;

    /** As Iceberg's own, which nobody else can see. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .visibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY)
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .build();

    static {
        RESTSerializers.registerAll(MAPPER);
    }

    private final Line line;
    private final AuthSession session;

    private CatalogClient(Line line, AuthSession session) {
        this.line = line;
        this.session = session;
    }

    /**
     * The connections to one catalog, and what is under way on them.
     *
     * @param headers of every request
     */
    record Line(
            URI uri,
            Map<String, String> headers,
            Timeouts timeouts,
            HttpClient http,
            Map<UUID, CompletableFuture<?>> underWay)
            implements AutoCloseable {
        static Line to(URI uri, Map<String, String> headers, Timeouts timeouts) {
            HttpClient http = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(timeouts.connect())
                    .build();
            return new Line(uri, headers, timeouts, http, new ConcurrentHashMap<>());
        }

        CatalogClient client() {
            return new CatalogClient(this, AuthSession.EMPTY);
        }

        /** Ends what is under way; any thread may ask. */
        void cancel() {
            underWay.values().forEach(one -> one.cancel(true));
        }

        @Override
        public void close() {
            http.shutdownNow();
        }
    }

    @Override
    public CatalogClient withAuthSession(AuthSession other) {
        return new CatalogClient(line, other);
    }

    @Override
    protected HTTPRequest buildRequest(
            HTTPMethod method,
            String path,
            @Nullable Map<String, String> queryParams,
            @Nullable Map<String, String> headers,
            @Nullable Object body) {
        Map<String, String> all = new LinkedHashMap<>(line.headers);
        if (headers != null) {
            all.putAll(headers);
        }
        all.putIfAbsent("Accept", "application/json");
        if (body != null) {
            all.putIfAbsent(
                    "Content-Type", body instanceof Map ? "application/x-www-form-urlencoded" : "application/json");
        }
        return session.authenticate(ImmutableHTTPRequest.builder()
                .baseUri(line.uri)
                .method(method)
                .path(path)
                .queryParameters(queryParams == null ? Map.of() : queryParams)
                .headers(HTTPHeaders.of(all))
                .body(body)
                .build());
    }

    @Override
    protected <T extends RESTResponse> T execute(
            HTTPRequest request,
            Class<T> responseType,
            Consumer<ErrorResponse> errorHandler,
            Consumer<Map<String, String>> responseHeaders) {
        HttpRequest.Builder sent = HttpRequest.newBuilder(request.requestUri())
                .timeout(line.timeouts.read())
                .method(request.method().name(), body(request.encodedBody()));
        request.headers().entries().forEach(header -> sent.header(header.name(), header.value()));
        HttpResponse<byte[]> answer = ask(sent.build());
        Map<String, String> told = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        answer.headers().map().forEach((name, values) -> told.put(name, values.getFirst()));
        responseHeaders.accept(told);
        if (answer.statusCode() >= ERRORS) {
            errorHandler.accept(error(answer, errorHandler));
            throw new RESTException("%s answers %s", line.uri, answer.statusCode());
        }
        return read(answer, responseType);
    }

    private static HttpRequest.BodyPublisher body(@Nullable String content) {
        return content == null ? BodyPublishers.noBody() : BodyPublishers.ofString(content);
    }

    private HttpResponse<byte[]> ask(HttpRequest request) {
        CompletableFuture<HttpResponse<byte[]>> answer =
                line.http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
        UUID name = UUID.randomUUID();
        line.underWay.put(name, answer);
        try {
            return answer.get(line.timeouts.call().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RESTException(e, "stopped while %s was asked", line.uri);
        } catch (CancellationException | TimeoutException e) {
            throw new RESTException(e, "%s did not answer in time", line.uri);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new RESTException(cause, "%s does not answer: %s", line.uri, cause);
        } finally {
            line.underWay.remove(name);
            answer.cancel(true);
        }
    }

    @SuppressWarnings("NullAway") // As Iceberg's own: nothing was to be read.
    private static <T extends RESTResponse> T read(HttpResponse<byte[]> answer, @Nullable Class<T> type) {
        boolean isEmpty = answer.statusCode() == NO_CONTENT || answer.statusCode() == NOT_MODIFIED;
        if (isEmpty || type == null) {
            return null;
        }
        try {
            return MAPPER.readValue(answer.body(), type);
        } catch (IOException e) {
            throw new RESTException(e, "cannot read what %s answers", answer.uri());
        }
    }

    /** What the catalog says is wrong; that something is not there only a catalog can say, and not what stands before it. */
    private ErrorResponse error(HttpResponse<byte[]> answer, Consumer<ErrorResponse> errorHandler) {
        if (errorHandler instanceof ErrorHandler known && answer.body().length > 0) {
            try {
                ErrorResponse said =
                        known.parseResponse(answer.statusCode(), new String(answer.body(), StandardCharsets.UTF_8));
                if (said.type() != null) {
                    return said;
                }
            } catch (RuntimeException notOfACatalog) {
                // It is told below with its status.
            }
        }
        if (answer.statusCode() == NOT_FOUND && !answer.request().method().equals("HEAD")) {
            throw new RESTException("%s answers 404, and not as a catalog does", answer.uri());
        }
        return ErrorResponse.builder()
                .responseCode(answer.statusCode())
                .withType("RESTException")
                .withMessage("it says no more")
                .build();
    }

    /** The line is closed by whoever opened it. */
    @Override
    public void close() {}
}
