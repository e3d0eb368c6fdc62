// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one at a time at a sink: a pass, or somebody who asks something of the sink between passes.
 *
 * <p>Whoever asks goes before the rest of a pass: that ends after the unit in hand, which is cut short when it takes too
 * long.
 */
final class Gate {
    /** How long a unit under way may take to end by itself, and then how long it may take to be ended. */
    private static final Duration GRACE = Duration.ofSeconds(3);

    private static final Duration WAIT_MAX = Duration.ofSeconds(2);

    private final String sink;
    private final Runnable cancel;

    /** It is there for the I/O. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile boolean isClosed;
    private volatile boolean isWanted;

    /** @param cancel cuts short what is under way to the destination */
    Gate(String sink, Runnable cancel) {
        this.sink = sink;
        this.cancel = cancel;
    }

    /** Somebody asked something of a sink that was closed meanwhile. */
    static final class ClosedException extends IOException {
        private static final long serialVersionUID = 1L;

        ClosedException(String sink) {
            super(sink + " was stopped meanwhile");
        }
    }

    /** For a pass, if nobody is in. */
    boolean tryEnter() {
        return lock.tryLock();
    }

    /** For a pass, when nobody is in any more. */
    void enter() {
        lock.lock();
    }

    void leave() {
        lock.unlock();
    }

    /** For somebody who asks, however long it takes. */
    void enterAhead() throws IOException {
        isWanted = true;
        try {
            if (!lock.tryLock(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                cancel.run();
                lock.lock();
            }
        } catch (InterruptedException e) {
            throw stopped();
        } finally {
            isWanted = false;
        }
        if (isClosed) {
            lock.unlock();
            throw new ClosedException(sink);
        }
    }

    /**
     * For somebody who wants no pass to go on until {@link #leave}.
     *
     * @return false when the unit in hand could not be ended in the time that there is
     */
    boolean hold() throws IOException {
        isWanted = true;
        try {
            return await();
        } catch (InterruptedException e) {
            throw stopped();
        } finally {
            isWanted = false;
        }
    }

    /**
     * Nobody comes in after this.
     *
     * @return false when a pass is still in that cannot be ended; else {@link #leave} is wanted
     */
    boolean close() {
        isClosed = true;
        try {
            return await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean await() throws InterruptedException {
        if (lock.tryLock(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
            return true;
        }
        cancel.run();
        return lock.tryLock(WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
    }

    private InterruptedIOException stopped() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("stopped while " + sink + " was asked to hold on");
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Whether a pass is to end after the unit in hand. */
    boolean isWanted() {
        return isClosed || isWanted || Thread.currentThread().isInterrupted();
    }
}
