// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.table.Pace;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets compaction take no more of the disk than its share, spread evenly, so that appends find it free (I13).
 *
 * <p>It may be stopped, and whoever reports to it then is stopped too.
 */
final class CompactionPace implements Pace {
    private final long bytesASecond;
    private final long bytesAtOnce;

    /** Guards what follows. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition stopping = lock.newCondition();
    private long freeFrom = System.nanoTime();
    private boolean stopped;

    CompactionPace(long bytesASecond, Duration burst) {
        this.bytesASecond = bytesASecond;
        this.bytesAtOnce = bytesASecond * burst.toMillis() / 1000;
    }

    @Override
    public void spent(long bytes) throws InterruptedIOException {
        lock.lock();
        try {
            long now = System.nanoTime();
            long earliest = now - nanos(bytesAtOnce);
            freeFrom = (freeFrom - earliest < 0 ? earliest : freeFrom) + nanos(bytes);
            for (long wait = freeFrom - now; wait > 0 && !stopped; ) {
                wait = stopping.awaitNanos(wait);
            }
            if (stopped) {
                throw new InterruptedIOException("compaction is stopped");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("compaction is interrupted");
        } finally {
            lock.unlock();
        }
    }

    private long nanos(long bytes) {
        return Math.round((double) bytes / bytesASecond * TimeUnit.SECONDS.toNanos(1));
    }

    void stop() {
        lock.lock();
        try {
            stopped = true;
            stopping.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
