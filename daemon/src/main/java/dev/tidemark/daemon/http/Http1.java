// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import io.helidon.common.concurrency.limits.FixedLimit;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.context.Context;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.NioSocket;
import io.helidon.common.socket.TlsNioSocket;
import io.helidon.http.DirectHandler;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.MediaContext;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 as Helidon speaks it, on the connections that a {@link Lobby} hands over.
 *
 * <p>Helidon's own listener keeps a thread and two buffers of 8 KiB for each open connection; so its part begins here
 * only when somebody asks for something.
 */
final class Http1 implements ListenerContext, Lobby.Service {
    /** A connection with certificates keeps its buffers, and what was agreed upon, as long as it is open. */
    private static final int TLS_PLACES = 4;

    private static final String SERVER_ID = "tidemark";

    private final @Nullable ListenerTls tls;
    private final DirectHandlers directHandlers;
    private final Router router;
    private final Context context = Context.create();
    private final MediaContext media = MediaContext.create();
    private final ContentEncodingContext encodings = new UntouchedBodies();
    private final ListenerConfig config = ListenerConfig.builder().buildPrototype();
    private final Limit limit = FixedLimit.create();
    private final Http1ConnectionSelector http =
            Http1ConnectionSelector.builder().config(Http1Config.create()).build();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * Prepares to serve what comes in at one place.
     *
     * @param handler of all requests
     * @param unreadable of what is no request
     */
    Http1(Handler handler, DirectHandler unreadable, @Nullable ListenerTls tls) {
        this.tls = tls;
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, unreadable);
        }
        this.directHandlers = handlers.build();
        this.router =
                Router.builder().addRouting(HttpRouting.builder().any(handler)).build();
    }

    @Override
    public int places() {
        return tls == null ? 1 : TLS_PLACES;
    }

    @Override
    public boolean serve(SocketChannel channel, Patience patience) {
        return new Conversation(this, socket(channel), patience).serve();
    }

    private HelidonSocket socket(SocketChannel channel) {
        String id = Integer.toHexString(System.identityHashCode(channel));
        return tls == null
                ? NioSocket.server(channel, id, SERVER_ID)
                : TlsNioSocket.server(channel, tls.engine(), id, SERVER_ID);
    }

    ServerConnection connection(ConnectionContext conversation) {
        return http.connection(conversation);
    }

    Limit limit() {
        return limit;
    }

    Router router() {
        return router;
    }

    @Override
    public Context context() {
        return context;
    }

    @Override
    public MediaContext mediaContext() {
        return media;
    }

    @Override
    public ContentEncodingContext contentEncodingContext() {
        return encodings;
    }

    @Override
    public DirectHandlers directHandlers() {
        return directHandlers;
    }

    @Override
    public ListenerConfig config() {
        return config;
    }

    @Override
    public ExecutorService executor() {
        return executor;
    }
}
