// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Ends connections whose other side takes too long (I13).
 *
 * <p>A time-out for each read alone would let a byte now and then hold a connection, and what was read of its request,
 * for ever. So a request must have begun and its head be complete within {@link #HEAD_MAX} of the one before, and bodies
 * and answers have {@link #GRACE} and go on at {@link #BYTES_PER_SECOND} at least. What a route does takes as long as it
 * takes. When there are more connections than the heap has room for, the one that has waited longest for a request ends.
 */
final class Patience implements ServerConnectionSelector {
    static final Duration HEAD_MAX = Duration.ofSeconds(60);
    static final Duration GRACE = Duration.ofSeconds(30);
    static final long BYTES_PER_SECOND = 64 << 10;

    private static final ScopedValue<Connection> CURRENT = ScopedValue.newInstance();

    private final Http1ConnectionSelector http =
            Http1ConnectionSelector.builder().config(Http1Config.create()).build();
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final int room;
    private final LongSupplier nanos;

    /**
     * Prepares to look after connections.
     *
     * @param room how many may be open before one that waits makes place for the next
     */
    Patience(int room, LongSupplier nanos) {
        this.room = room;
        this.nanos = nanos;
    }

    /** The connection on which the request of this thread came. */
    static Connection current() {
        return CURRENT.get();
    }

    /** Ends whatever has taken too long. */
    void look() {
        long now = nanos.getAsLong();
        open.forEach(connection -> connection.endIfLate(now));
    }

    private void makeRoom() {
        if (open.size() > room) {
            open.stream()
                    .filter(Connection::isBetweenRequests)
                    .min(Comparator.comparingLong(Connection::deadline))
                    .ifPresent(Connection::end);
        }
    }

    @Override
    public int bytesToIdentifyConnection() {
        return 0;
    }

    @Override
    public Support supports(BufferData data) {
        return Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return http.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        return new Connection(http.connection(context));
    }

    /** One connection, and until when its other side has to do something. */
    final class Connection implements ServerConnection {
        private final ServerConnection served;

        // Guarded by this.
        private @Nullable Thread thread;
        private boolean waiting;
        private boolean betweenRequests;
        private boolean late;
        private long deadline;

        private Connection(ServerConnection served) {
            this.served = served;
        }

        @Override
        public void handle(Limit limit) throws InterruptedException {
            synchronized (this) {
                thread = Thread.currentThread();
            }
            makeRoom();
            open.add(this);
            try {
                awaitRequest();
                ScopedValue.where(CURRENT, this).<@Nullable Void, InterruptedException>call(() -> {
                    served.handle(limit);
                    return null;
                });
            } finally {
                open.remove(this);
                arrived();
            }
        }

        long now() {
            return nanos.getAsLong();
        }

        /** From now on the other side may ask for something. */
        void awaitRequest() {
            await(now() + HEAD_MAX.toNanos(), true);
        }

        /** The other side has as long from {@code since} on as so many bytes may take. */
        void await(long since, long bytes) {
            await(since + GRACE.toNanos() + bytes * TimeUnit.SECONDS.toNanos(1) / BYTES_PER_SECOND, false);
        }

        private synchronized void await(long until, boolean request) {
            deadline = until;
            waiting = true;
            betweenRequests = request;
        }

        private synchronized long deadline() {
            return deadline;
        }

        private synchronized boolean isBetweenRequests() {
            return waiting && betweenRequests;
        }

        /** The other side has done what it had to; false when it was too late, and the connection is gone. */
        synchronized boolean arrived() {
            waiting = false;
            // The interrupt was for the wait alone; what follows may write files.
            if (late) {
                Thread.interrupted();
            }
            return !late;
        }

        private synchronized void endIfLate(long now) {
            if (now - deadline > 0) {
                end();
            }
        }

        private synchronized void end() {
            if (waiting && thread != null) {
                waiting = false;
                late = true;
                // It closes the connection at which the thread waits, and no file: it does nothing else now.
                thread.interrupt();
            }
        }

        @Override
        public Duration idleTime() {
            return served.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            served.close(interrupt);
        }
    }
}
