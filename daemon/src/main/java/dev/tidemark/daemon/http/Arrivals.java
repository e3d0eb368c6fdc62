// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import java.io.InterruptedIOException;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Tells readers that wait that rows have arrived, or that nobody waits any more. */
final class Arrivals {
    /** Guards what follows. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private long count;
    private boolean ended;
    private final NavigableSet<Long> waiting = new TreeSet<>();
    private long tickets;

    long count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** Rows became readable. */
    void announce() {
        lock.lock();
        try {
            count++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** From now on nobody waits. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** So many that wait wait no longer, the oldest first. */
    void release(int readers) {
        lock.lock();
        try {
            for (int each = 0; each < readers; each++) {
                waiting.pollFirst();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until more have arrived than were {@code seen}; the nanoseconds that are left, at most 0 at the end. */
    long await(long seen, long nanos) throws InterruptedIOException {
        lock.lock();
        long ticket = tickets++;
        try {
            long left = nanos;
            waiting.add(ticket);
            while (count == seen && left > 0 && !ended && waiting.contains(ticket)) {
                left = changed.awaitNanos(left);
            }
            return ended || !waiting.contains(ticket) ? 0 : left;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while waiting for rows");
        } finally {
            waiting.remove(ticket);
            lock.unlock();
        }
    }
}
