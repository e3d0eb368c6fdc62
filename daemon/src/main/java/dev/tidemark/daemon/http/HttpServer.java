// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Cache;
import dev.tidemark.daemon.config.ListenSettings.TlsFiles;
import dev.tidemark.daemon.config.RowTerms;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.daemon.metrics.Exposition;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.quarantine.Quarantine;
import dev.tidemark.daemon.status.Status;
import dev.tidemark.sinks.Sinks;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Binds the routes to a listening server.
 *
 * <p>{@link #start} returns when requests are served; {@link #close} ends what waits, stops taking new requests, and
 * gives those in hand a moment.
 */
public final class HttpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    private static final HeaderName HOST = HeaderNames.create("Host");
    private static final HeaderName ORIGIN = HeaderNames.create("Origin");
    private static final HeaderName AUTHORIZATION = HeaderNames.create("Authorization");
    private static final HeaderName CONNECTION = HeaderNames.create("Connection");
    private static final String CLOSE = "close";

    private final Listening listening;
    private final Router router;
    private final Doorkeeper doorkeeper;
    private final Visitor visitor;
    private final @Nullable ListenerTls tls;
    private final Lobby lobby;
    private final Failures failures;
    private @Nullable InetSocketAddress address;

    public HttpServer(
            Listening listening,
            Cache cache,
            Sinks sinks,
            Supplier<Status> status,
            Care care,
            Upkeeping upkeeping,
            Supplier<RowTerms> terms,
            Quarantine quarantine,
            BufferAllocator memory,
            Metrics metrics)
            throws IOException {
        this(
                listening,
                counted(routes(cache, sinks, status, care, upkeeping, terms, quarantine, memory, metrics), metrics));
    }

    HttpServer(Listening listening, List<Route> routes) throws IOException {
        this(listening, routes, HeapShares.room(listening.connectionsMax()), System::nanoTime);
    }

    HttpServer(Listening listening, List<Route> routes, Lobby.Room room, LongSupplier nanos) throws IOException {
        this.listening = listening;
        this.router = new Router(routes);
        this.doorkeeper = new Doorkeeper(listening.tokens());
        TlsFiles certificates = listening.tls();
        this.tls = certificates == null ? null : new ListenerTls(certificates);
        this.visitor = new Visitor(names(listening), () -> tls == null ? Set.of() : tls.names());
        this.lobby = new Lobby(room, nanos, router::crowded);
        this.failures = new Failures(nanos);
    }

    /** What this host is called from outside. */
    private static Set<String> names(Listening listening) {
        Set<String> names = new HashSet<>(listening.names());
        if (listening.tcp() != null) {
            names.add(listening.tcp().getAddress().getHostAddress());
        }
        return names;
    }

    /** Ends connections that are too slow, and takes certificates that have changed. */
    public void look() {
        lobby.look();
        failures.look();
        if (tls != null) {
            tls.look();
        }
    }

    private static List<Route> routes(
            Cache cache,
            Sinks sinks,
            Supplier<Status> status,
            Care care,
            Upkeeping upkeeping,
            Supplier<RowTerms> terms,
            Quarantine quarantine,
            BufferAllocator memory,
            Metrics metrics) {
        List<Route> routes = new ArrayList<>(
                rowRoutes(cache, terms, quarantine, memory, HeapShares.ofThisProcess(), sinks::ordinalsAbove, metrics));
        routes.add(new ShowStatus(status));
        routes.add(new RunSink(sinks));
        routes.add(new SinkVerb("pause", sinks::pause));
        routes.add(new SinkVerb("resume", sinks::resume));
        routes.add(new SinkVerb("drain", sinks::drain));
        routes.add(new RewindSink(sinks));
        routes.add(new ListDeadLetters(sinks));
        routes.add(new ReplayDeadLetters(sinks));
        routes.add(new DropDeadLetter(sinks));
        routes.add(new ListReceipts(sinks));
        routes.add(new RenameSink(sinks));
        routes.add(new RemoveSink(sinks));
        routes.add(new ShowMetrics(new Exposition(metrics, status, sinks::errors)));
        routes.add(new PostVerify(care));
        routes.add(new PostBackup(care));
        routes.add(new PostUpkeep(upkeeping));
        routes.add(new PostReload(care));
        return routes;
    }

    /** The same routes, with whatever takes rows counted. */
    private static List<Route> counted(List<Route> routes, Metrics metrics) {
        return routes.stream()
                .map(route -> route.permission() == Permission.INGEST ? new CountedRoute(route, metrics) : route)
                .toList();
    }

    /** The routes that need nothing but the store. */
    static List<Route> rowRoutes(
            Cache cache,
            Supplier<RowTerms> terms,
            Quarantine quarantine,
            BufferAllocator memory,
            HeapShares heap,
            PostAdopt.Floor floor,
            Metrics metrics) {
        Arrivals arrivals = new Arrivals();
        Intake intake = new Intake(cache, terms, memory, heap, arrivals);
        return List.of(
                new PostRows(intake, quarantine),
                new PostForward(intake),
                new ForwardPosition(cache),
                new ReadRows(cache, heap.pages(), arrivals, memory),
                new RowsHead(cache),
                new ListDatasets(cache),
                new ShowDataset(cache),
                new PostFlush(cache, metrics),
                new PostAdopt(cache, terms, arrivals, floor),
                new Healthz(),
                new Readyz(cache));
    }

    public void start() throws BindException {
        InetSocketAddress tcp = listening.tcp();
        if (tcp != null && listen(tcp, Entrance.TCP, tls) instanceof InetSocketAddress given) {
            address = given;
        }
        Path socket = listening.socket();
        if (socket != null) {
            listen(UnixDomainSocketAddress.of(socket), Entrance.SOCKET, null);
        }
        lobby.start();
    }

    private SocketAddress listen(SocketAddress where, Entrance entrance, @Nullable ListenerTls certificates)
            throws BindException {
        Http1 http =
                new Http1((request, response) -> handle(request, response, entrance), new Unreadable(), certificates);
        try {
            return lobby.listen(where, http);
        } catch (IOException e) {
            BindException failure = new BindException("could not listen at " + where + ": " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
    }

    /** Where the server listens over TCP, with the port that it was given when it asked for a free one. */
    public Optional<InetSocketAddress> address() {
        return Optional.ofNullable(address);
    }

    @Override
    public void close() throws IOException {
        // Nobody is left waiting when the server begins to interrupt, which could hit a read and close its file.
        router.stop();
        lobby.close();
    }

    private void handle(ServerRequest request, ServerResponse response, Entrance entrance) {
        Conversation conversation = Conversation.current();
        Patience patience = conversation.patience();
        requireInTime(patience);
        WatchedBody content = new WatchedBody(request, patience);
        Arrived arrived = new Arrived(request, content, entrance);
        Answer answer = answer(arrived);
        boolean last = arrived.values(CONNECTION).stream().anyMatch(CLOSE::equalsIgnoreCase);
        try (Answer.Body body = answer.body()) {
            response.status(answer.status());
            response.header("Content-Type", answer.contentType());
            answer.headers().forEach((name, value) -> response.header(name, value));
            if (!content.drain() || content.isGarbled()) {
                last = true;
                response.header(CONNECTION, CLOSE);
            }
            response.contentLength(body.length());
            patience.await(patience.now(), body.length());
            try {
                if (arrived.method().equals(Router.HEAD)) {
                    response.send();
                } else {
                    send(response, body, patience);
                }
            } finally {
                requireInTime(patience);
            }
        } catch (IOException e) {
            throw new CloseConnectionException("the answer was not taken", e);
        }
        if (last) {
            // The header alone closes nothing, and what is left of a body would be read as the next request.
            throw new CloseConnectionException("this was the last request of the connection");
        }
        conversation.rest();
    }

    private static void send(ServerResponse response, Answer.Body body, Patience patience) throws IOException {
        if (body.length() == 0) {
            // A stream that nothing is written to would send no head before the connection is closed.
            response.send();
            return;
        }
        try (OutputStream out = response.outputStream()) {
            body.writeTo(patience.noting(out));
        }
    }

    private static void requireInTime(Patience patience) {
        if (!patience.arrived()) {
            throw new CloseConnectionException("the other side took too long");
        }
    }

    private Answer answer(Arrived arrived) {
        try {
            visitor.admit(arrived.entrance, arrived.values(HOST), arrived.values(ORIGIN));
            return router.answer(arrived);
        } catch (RefusedException e) {
            return Answer.problem(e.problem());
        } catch (CutOffException e) {
            if (arrived.content.isGarbled()) {
                return Answer.problem(Problem.of(Slug.BAD_PARAMETER, "the body's chunks are not as HTTP has them")
                        .hinting("send the length of each chunk in hexadecimal digits, and no trailers"));
            }
            LOG.debug("request cut off", e);
            throw new CloseConnectionException("the request was cut off", e);
        } catch (InterruptedIOException e) {
            return Answer.problem(
                    Problem.of(Slug.STOPPING, "the daemon stops; what became of the request is not known"));
        } catch (IOException | RuntimeException e) {
            failures.tell(arrived.method(), arrived.rawPath(), e);
            return Answer.problem(
                    Problem.of(Slug.INTERNAL, "what became of the request is not known; the log says why"));
        }
    }

    /** Answers requests that are no HTTP, and so never reach a route. */
    private static final class Unreadable implements DirectHandler {
        private static final int VERSION_NOT_SUPPORTED = 505;

        @Override
        public TransportResponse handle(
                TransportRequest request,
                EventType type,
                io.helidon.http.Status status,
                ServerResponseHeaders headers,
                String message) {
            Problem problem = problem(status.code());
            return TransportResponse.builder()
                    .status(io.helidon.http.Status.create(problem.slug().status()))
                    .headers(headers)
                    .header(HeaderNames.create("Content-Type"), Problem.CONTENT_TYPE)
                    .entity(problem.toJson())
                    .keepAlive(false)
                    .build();
        }

        /** Whoever asks in a way that is not served is at fault: nothing of it was stored, and sending it again helps nobody. */
        private static Problem problem(int status) {
            if (status == VERSION_NOT_SUPPORTED) {
                return Problem.of(Slug.BAD_PARAMETER, "HTTP/1.0 is not served here")
                        .hinting("send HTTP/1.1 (nginx: proxy_http_version 1.1)");
            }
            Slug slug = status >= Slug.INTERNAL.status() ? Slug.INTERNAL : Slug.BAD_PARAMETER;
            return Problem.of(slug, "the request is not HTTP as it is served here")
                    .hinting("see that its first line and its headers are whole, and no longer than 4 and 16 KiB");
        }
    }

    /** A request as the server gives it. */
    private final class Arrived implements Router.Incoming {
        private final ServerRequest request;
        private final WatchedBody content;
        private final Entrance entrance;
        private Optional<String> bearer = Optional.empty();

        Arrived(ServerRequest request, WatchedBody content, Entrance entrance) {
            this.request = request;
            this.content = content;
            this.entrance = entrance;
        }

        @Override
        public void admit(Permission permission) throws RefusedException {
            bearer = doorkeeper.admit(entrance, permission, values(AUTHORIZATION));
        }

        @Override
        public String method() {
            return request.prologue().method().text();
        }

        @Override
        public String rawPath() {
            return request.path().rawPath();
        }

        List<String> values(HeaderName name) {
            return request.headers().contains(name)
                    ? request.headers().get(name).allValues()
                    : List.of();
        }

        @Override
        public Request with(Map<String, String> segments) throws RefusedException {
            Query query = Query.parse(request.query().rawValue());
            return new Request() {
                @Override
                public String segment(String name) {
                    String value = segments.get(name);
                    if (value == null) {
                        throw new IllegalArgumentException("the route's path has no {" + name + "}");
                    }
                    return value;
                }

                @Override
                public Query query() {
                    return query;
                }

                @Override
                public Optional<String> header(String name) {
                    List<String> values = values(HeaderNames.create(name));
                    return values.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", values));
                }

                @Override
                public Optional<String> bearer() {
                    return bearer;
                }

                @Override
                public InputStream body() {
                    return content;
                }
            };
        }
    }
}
