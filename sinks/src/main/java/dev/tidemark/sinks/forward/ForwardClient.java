// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.sinks.ForwardDestination;
import dev.tidemark.sinks.ForwardDestination.Authorization;
import dev.tidemark.sinks.ForwardDestination.Timeouts;
import dev.tidemark.sinks.Pace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * Makes one request of one call: no retry, no redirect, no cookie, no request without a deadline.
 *
 * <p>An {@code IOException} means that it is not known what arrived.
 */
final class ForwardClient {
    private static final int IDLE_CONNECTIONS_MAX = 2;
    /** Shorter than any endpoint's, so that no unit goes out on a connection that has been closed at the other end. */
    private static final Duration IDLE_MAX = Duration.ofSeconds(1);

    private static final int ANSWER_BYTES_MAX = 16 << 10;
    private static final String AUTHORIZATION = "Authorization";
    private static final String PROXY_AUTHORIZATION = "Proxy-Authorization";
    private static final int PROXY_PORT = 3128;

    private final ForwardDestination destination;
    private final HttpUrl url;
    private final ClientTls tls;
    private final @Nullable String proxyCredentials;
    private final Pace pace;
    private volatile OkHttpClient client;
    private volatile @Nullable Integer lastAnswer;

    /**
     * Connects to nothing yet.
     *
     * @param pace at which bodies go out
     * @param seams what sees each request and each answer as they are, such as a recorder
     */
    ForwardClient(ForwardDestination destination, Pace pace, List<Interceptor> seams) {
        this.destination = destination;
        this.pace = pace;
        this.url = HttpUrl.get(destination.url().toString());
        this.tls = new ClientTls(destination.tls());
        Timeouts timeouts = destination.timeouts();
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .retryOnConnectionFailure(false)
                .followRedirects(false)
                .followSslRedirects(false)
                .socketFactory(new PromptSockets())
                .connectionPool(new ConnectionPool(IDLE_CONNECTIONS_MAX, IDLE_MAX.toMillis(), TimeUnit.MILLISECONDS))
                .connectTimeout(timeouts.connect())
                .writeTimeout(timeouts.write())
                .readTimeout(timeouts.read())
                .callTimeout(timeouts.call());
        this.proxyCredentials = credentials(destination.proxy());
        through(builder, destination.proxy(), proxyCredentials);
        seams.forEach(builder::addNetworkInterceptor);
        this.client = builder.build();
    }

    private static @Nullable String credentials(@Nullable URI proxy) {
        String user = proxy == null ? null : proxy.getUserInfo();
        if (user == null) {
            return null;
        }
        String[] parts = user.split(":", 2);
        return Credentials.basic(parts[0], parts.length > 1 ? parts[1] : "", StandardCharsets.UTF_8);
    }

    private static void through(OkHttpClient.Builder builder, @Nullable URI proxy, @Nullable String credentials) {
        if (proxy == null) {
            builder.proxy(Proxy.NO_PROXY);
            return;
        }
        int port = proxy.getPort() < 0 ? PROXY_PORT : proxy.getPort();
        builder.proxy(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.getHost(), port)));
        if (credentials != null) {
            builder.proxyAuthenticator((route, response) -> response.request().header(PROXY_AUTHORIZATION) != null
                    ? null
                    : response.request()
                            .newBuilder()
                            .header(PROXY_AUTHORIZATION, credentials)
                            .build());
        }
    }

    /** Sends a unit. */
    Reply post(String dataset, Map<String, String> headers, String contentType, SpilledBody body) throws IOException {
        HttpUrl target = url.newBuilder().addPathSegment(dataset).build();
        return call(request(target, headers).post(streamed(body, contentType)).build(), body.length());
    }

    /** Asks what the endpoint has of an origin's partition. */
    Reply position(String dataset, String origin, String partition) throws IOException {
        HttpUrl target = url.newBuilder()
                .addPathSegment(dataset)
                .addPathSegment("position")
                .addQueryParameter("origin", origin)
                .addQueryParameter("partition", partition)
                .build();
        return call(request(target, Map.of()).get().build(), 0);
    }

    /** Ends every request under way; what it did is unknown then. */
    void cancel() {
        pace.stop();
        client.dispatcher().cancelAll();
    }

    /** Lets go of every connection. */
    void close() {
        client.connectionPool().evictAll();
        client.dispatcher().executorService().shutdown();
    }

    private Request.Builder request(HttpUrl target, Map<String, String> headers) {
        Request.Builder request = new Request.Builder().url(target).header("User-Agent", "tidemark");
        destination.headers().forEach((name, value) -> request.header(name, value.value()));
        switch (destination.authorization()) {
            case Authorization.None none -> {}
            case Authorization.Bearer(var token) -> request.header(AUTHORIZATION, "Bearer " + token.value());
            case Authorization.Basic(String user, var password) ->
                request.header(AUTHORIZATION, Credentials.basic(user, password.value(), StandardCharsets.UTF_8));
        }
        if (proxyCredentials != null && !target.isHttps()) {
            // A proxy that has to ask first would need the body twice.
            request.header(PROXY_AUTHORIZATION, proxyCredentials);
        }
        headers.forEach(request::header);
        return request;
    }

    /** The status of the last answer; empty when the last request got none. */
    Optional<Integer> lastAnswer() {
        return Optional.ofNullable(lastAnswer);
    }

    private Reply call(Request request, long bytes) throws IOException {
        lastAnswer = null;
        var call = current().newCall(request);
        // What the operator slowed down is not late.
        Duration whole = destination.timeouts().call().plus(pace.time(bytes));
        call.timeout().timeout(whole.toMillis(), TimeUnit.MILLISECONDS);
        try (Response response = call.execute()) {
            lastAnswer = response.code();
            return new Reply(
                    response.code(),
                    response.header("Tidemark-Protocol"),
                    response.header("Retry-After"),
                    beginning(response.body().source()));
        }
    }

    private OkHttpClient current() throws IOException {
        OkHttpClient now = client;
        var changed = tls.changed();
        if (changed.isPresent()) {
            now.connectionPool().evictAll();
            now = now.newBuilder()
                    .sslSocketFactory(changed.get().sockets(), changed.get().trust())
                    .build();
            client = now;
        }
        return now;
    }

    private static String beginning(BufferedSource source) throws IOException {
        source.request(ANSWER_BYTES_MAX);
        return source.getBuffer()
                .readUtf8(Math.min(ANSWER_BYTES_MAX, source.getBuffer().size()));
    }

    private RequestBody streamed(SpilledBody body, String contentType) {
        MediaType type = MediaType.get(contentType);
        return new RequestBody() {
            @Override
            public MediaType contentType() {
                return type;
            }

            @Override
            public long contentLength() {
                return body.length();
            }

            @Override
            public boolean isOneShot() {
                // The client repeats some requests by itself, unless the body cannot be had again.
                return true;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                body.writeTo(pace.over(sink.outputStream()));
            }
        };
    }
}
