// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets the bytes of one sink leave no faster than its file says.
 *
 * <p>They go in slices of a quarter of a second, each when those before it have had their time. Thread-safe.
 */
public final class Pace {
    private static final int SLICES_PER_SECOND = 4;
    private static final int SLICE_BYTES_MAX = 64 << 10;
    private static final Duration LOOK = Duration.ofMillis(50);

    private final long bytesPerSecond;
    private final InstantSource clock;

    /** Guards {@link #free} and {@link #stops}; whoever waits here has bytes in hand that are not due. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition stopped = lock.newCondition();
    private Instant free = Instant.MIN;
    private int stops;

    /**
     * Nothing has left yet.
     *
     * @param bytesPerSecond 0: as fast as it goes
     */
    public Pace(long bytesPerSecond, InstantSource clock) {
        this.bytesPerSecond = bytesPerSecond;
        this.clock = clock;
    }

    /** As fast as it goes; it asks no clock. */
    public static Pace unlimited() {
        return new Pace(0, () -> Instant.EPOCH);
    }

    public boolean isLimited() {
        return bytesPerSecond > 0;
    }

    /** How long so many bytes take at this pace; nobody is late because of it. */
    public Duration time(long bytes) {
        return isLimited() ? Duration.ofMillis(1000 * bytes / bytesPerSecond) : Duration.ZERO;
    }

    /**
     * Waits until these bytes may leave.
     *
     * @throws InterruptedIOException when somebody stopped it meanwhile
     */
    public void await(long bytes) throws IOException {
        long left = isLimited() ? bytes : 0;
        while (left > 0) {
            long slice = Math.min(left, slice());
            awaitSlice(slice);
            left -= slice;
        }
    }

    private int slice() {
        return Math.clamp(bytesPerSecond / SLICES_PER_SECOND, 1, SLICE_BYTES_MAX);
    }

    private void awaitSlice(long bytes) throws IOException {
        lock.lock();
        try {
            int before = stops;
            Duration longest = time(slice()).plus(LOOK);
            while (true) {
                Instant now = clock.instant();
                // A clock that was set back makes nobody wait for longer than a slice takes.
                if (!now.isBefore(free) || free.isAfter(now.plus(longest))) {
                    free = now.plus(time(bytes));
                    return;
                }
                Duration left = Duration.between(now, free);
                stopped.await(Math.min(LOOK.toNanos(), Math.max(1, left.toNanos())), TimeUnit.NANOSECONDS);
                if (stops != before) {
                    throw new InterruptedIOException("stopped while keeping to its rate");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while keeping to its rate");
        } finally {
            lock.unlock();
        }
    }

    /** Ends the waits that are under way. */
    public void stop() {
        lock.lock();
        try {
            stops++;
            stopped.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A stream that keeps to this pace. */
    public OutputStream over(OutputStream out) {
        return isLimited() ? new Out(out) : out;
    }

    /** A stream that is read at this pace. */
    public InputStream over(InputStream in) {
        return isLimited() ? new In(in) : in;
    }

    private final class Out extends FilterOutputStream {
        Out(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            Pace.this.await(1);
            out.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            int end = offset + length;
            for (int at = offset; at < end; at += slice()) {
                int some = Math.min(slice(), end - at);
                Pace.this.await(some);
                out.write(bytes, at, some);
            }
        }
    }

    private final class In extends InputStream {
        private final InputStream in;

        In(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            Pace.this.await(1);
            return in.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = in.read(bytes, offset, Math.min(length, slice()));
            Pace.this.await(Math.max(0, count));
            return count;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
