// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.smoke.BrokenPromise;
import java.io.OutputStream;
import java.time.Duration;

/** Counts the lines that come, from any number of senders, and keeps none. */
final class LineCount extends OutputStream {
    private long lines;

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
        int more = 0;
        for (int i = from; i < from + length; i++) {
            more += bytes[i] == '\n' ? 1 : 0;
        }
        synchronized (this) {
            lines += more;
            notifyAll();
        }
    }

    synchronized long lines() {
        return lines;
    }

    /** Waits until there are so many. */
    synchronized void await(long wanted, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (lines < wanted) {
                long left = (end - System.nanoTime()) / 1_000_000;
                BrokenPromise.unless(left > 0, "%d of %d rows came within %d s", lines, wanted, patience.toSeconds());
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokenPromise("interrupted while rows were awaited");
        }
    }
}
