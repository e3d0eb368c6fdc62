// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.table.Pace;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Makes one merge wait for its part of the share that all have of the disk.
 *
 * <p>It may be stopped, and whoever reports to it then is stopped too.
 */
final class CompactionPace implements Pace {
    private final DiskShare share;

    /** Guards what follows. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition stopping = lock.newCondition();
    private boolean stopped;

    CompactionPace(DiskShare share) {
        this.share = share;
    }

    @Override
    public void spent(long bytes) throws InterruptedIOException {
        lock.lock();
        try {
            for (long wait = share.take(bytes, System.nanoTime()); wait > 0 && !stopped; ) {
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
