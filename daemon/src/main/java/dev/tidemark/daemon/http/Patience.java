// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long the other side of one connection may take; whoever takes longer loses it (I13).
 *
 * <p>A time-out for each read alone would let a byte now and then hold a connection, and what was read of its request,
 * for ever. So a request must have begun and its head be complete within {@link #HEAD_MAX} of the one before, and bodies
 * and answers have {@link #GRACE} and go on at {@link #BYTES_PER_SECOND} at least. What a route does takes as long as it
 * takes. Ending closes the channel and nothing else, wherever a thread waits at it.
 */
final class Patience {
    static final Duration HEAD_MAX = Duration.ofSeconds(60);
    static final Duration GRACE = Duration.ofSeconds(30);
    static final long BYTES_PER_SECOND = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);

    private final SocketChannel channel;
    private final LongSupplier nanos;

    // Guarded by this.
    private boolean waiting;
    private boolean betweenRequests;
    private boolean late;
    private long since;
    private long deadline;

    /** Waits for the first request from now on. */
    Patience(SocketChannel channel, LongSupplier nanos) {
        this.channel = channel;
        this.nanos = nanos;
        awaitRequest();
    }

    long now() {
        return nanos.getAsLong();
    }

    /** From now on the other side may ask for something. */
    void awaitRequest() {
        await(now() + HEAD_MAX.toNanos(), true);
    }

    /** The other side has as long from {@code begun} on as so many bytes may take. */
    void await(long begun, long bytes) {
        await(begun + GRACE.toNanos() + bytes * TimeUnit.SECONDS.toNanos(1) / BYTES_PER_SECOND, false);
    }

    private synchronized void await(long until, boolean request) {
        since = now();
        deadline = until;
        waiting = true;
        betweenRequests = request;
    }

    /** The other side has done what it had to; false when it was too late, and the connection is gone. */
    synchronized boolean arrived() {
        waiting = false;
        return !late;
    }

    /** How long nothing has been heard of the other side that has to do something; negative when it has not. */
    synchronized long quietNanos() {
        return waiting ? now() - since : -1;
    }

    /** Notes of an answer that the other side takes it: it is not silent. */
    OutputStream noting(OutputStream answer) {
        return new FilterOutputStream(answer) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
                heard();
            }
        };
    }

    private synchronized void heard() {
        since = now();
    }

    synchronized boolean isBetweenRequests() {
        return waiting && betweenRequests;
    }

    /** Ends the connection when the time is over; false when it is not. */
    boolean endIfLate() {
        synchronized (this) {
            if (!waiting || now() - deadline <= 0) {
                return false;
            }
        }
        return end();
    }

    /** Ends the connection when the other side has to do something; false when it has not. */
    boolean end() {
        synchronized (this) {
            if (!waiting) {
                return false;
            }
            waiting = false;
            late = true;
        }
        close(channel);
        return true;
    }

    static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("a connection did not close cleanly", e);
        }
    }
}
