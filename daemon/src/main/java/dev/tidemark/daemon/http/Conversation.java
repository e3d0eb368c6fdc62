// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.socket.SocketWriter;
import io.helidon.common.socket.SocketWriterException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.spi.ServerConnection;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection from the first byte of a request until nobody asks for anything any more. */
final class Conversation implements ConnectionContext {
    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
    private static final ScopedValue<Conversation> CURRENT = ScopedValue.newInstance();

    private final Http1 http;
    private final HelidonSocket socket;
    private final Patience patience;
    private final DataReader reader;
    private final SocketWriter writer;
    private @Nullable ServerConnection served;
    private boolean answered;

    Conversation(Http1 http, HelidonSocket socket, Patience patience) {
        this.http = http;
        this.socket = socket;
        this.patience = patience;
        this.reader = DataReader.create(this::read);
        this.writer = SocketWriter.create(socket);
    }

    /** The one whose request this thread answers. */
    static Conversation current() {
        return CURRENT.get();
    }

    Patience patience() {
        return patience;
    }

    private byte @Nullable [] read() {
        try {
            return socket.get();
        } catch (UncheckedIOException e) {
            throw new ServerConnectionException("the other side cannot be read from", e);
        }
    }

    /** Answers what is asked; false when the connection is over, true when nothing of it is left to read. */
    boolean serve() {
        try {
            do {
                answered = false;
                ServerConnection next = http.connection(this);
                served = next;
                ScopedValue.where(CURRENT, this).<@Nullable Void, InterruptedException>call(() -> {
                    next.handle(http.limit());
                    return null;
                });
            } while (answered && reader.available() > 0);
        } catch (CloseConnectionException
                | DataReader.InsufficientDataAvailableException
                | SocketWriterException
                | UncheckedIOException e) {
            answered = false;
            LOG.debug("the connection is over", e);
        } catch (InterruptedException e) {
            answered = false;
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            answered = false;
            LOG.warn("a connection is given up", e);
        }
        if (!answered) {
            close();
        }
        return answered;
    }

    /** The answer is on its way, and the other side may ask for something else. */
    void rest() {
        patience.awaitRequest();
        // What a certificate's connection has read ahead cannot be seen from here, so it keeps its thread.
        if (!socket.isSecure() && served != null) {
            answered = true;
            // It returns instead of waiting for the next request.
            served.close(false);
        }
    }

    private void close() {
        patience.await(patience.now(), 0);
        try {
            writer.close();
            socket.close();
        } catch (RuntimeException e) {
            LOG.debug("a connection did not close cleanly", e);
        }
    }

    @Override
    public ListenerContext listenerContext() {
        return http;
    }

    @Override
    public ExecutorService executor() {
        return http.executor();
    }

    @Override
    public DataWriter dataWriter() {
        return writer;
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public Router router() {
        return http.router();
    }

    @Override
    public HelidonSocket serverSocket() {
        return socket;
    }

    @Override
    public PeerInfo remotePeer() {
        return socket.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
        return socket.localPeer();
    }

    @Override
    public boolean isSecure() {
        return socket.isSecure();
    }

    @Override
    public String socketId() {
        return socket.socketId();
    }

    @Override
    public String childSocketId() {
        return socket.childSocketId();
    }
}
