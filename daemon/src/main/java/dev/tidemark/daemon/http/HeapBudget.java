// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How much of the heap one kind of work may take for all requests together (I13).
 *
 * <p>Who has a part of what it needs and waits for the rest keeps others from theirs. So one of them waits, and the others
 * are refused at once and give back what they have: of many large requests some are served, instead of none.
 */
final class HeapBudget {
    private static final int BYTES_PER_PERMIT = 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final int permits;
    private final Semaphore free;
    private final Duration patience;
    /** Whether somebody who holds some of it waits for more. */
    private final AtomicBoolean growing = new AtomicBoolean();

    HeapBudget(long bytes) {
        this(bytes, PATIENCE);
    }

    HeapBudget(long bytes, Duration patience) {
        this.permits = (int) Math.min(Integer.MAX_VALUE, bytes / BYTES_PER_PERMIT);
        this.free = new Semaphore(permits, true);
        this.patience = patience;
    }

    Lease lease() {
        return new Lease();
    }

    /** All of it. */
    long bytes() {
        return (long) permits * BYTES_PER_PERMIT;
    }

    long freeBytes() {
        return (long) free.availablePermits() * BYTES_PER_PERMIT;
    }

    /** One request's share; given back when closed. Not for use by two threads at once. */
    final class Lease implements AutoCloseable {
        private int held;

        /** Grows to so many bytes; waits a little for others to finish. One request alone may have the whole budget. */
        void growTo(long bytes) throws RefusedException, InterruptedIOException {
            int more = more(bytes);
            if (more <= 0) {
                return;
            }
            if (!acquired(more)) {
                throw Problem.of(Slug.BUSY, "other requests hold the memory that this one needs")
                        .hinting("send it again, or fewer rows at once")
                        .refused();
            }
            held += more;
        }

        private boolean acquired(int more) throws InterruptedIOException {
            boolean keepsOthersWaiting = held > 0;
            boolean mayWait = !keepsOthersWaiting || growing.compareAndSet(false, true);
            try {
                if (!mayWait) {
                    return free.tryAcquire(more, 0, TimeUnit.NANOSECONDS); // Behind those who wait already.
                }
                return free.tryAcquire(more, patience.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("stopped while waiting for memory");
            } finally {
                if (keepsOthersWaiting && mayWait) {
                    growing.set(false);
                }
            }
        }

        /** Grows to so many bytes if they are free now; never beyond the budget. */
        boolean tryGrowTo(long bytes) {
            int more = more(bytes);
            if (bytes > bytes() || (more > 0 && !free.tryAcquire(more))) {
                return false;
            }
            held += Math.max(0, more);
            return true;
        }

        private int more(long bytes) {
            return (int) Math.min(permits, (bytes + BYTES_PER_PERMIT - 1) / BYTES_PER_PERMIT) - held;
        }

        @Override
        public void close() {
            free.release(held);
            held = 0;
        }
    }
}
