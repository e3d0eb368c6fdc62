// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What all tables together may take of the disk when their files are merged, spread evenly, so that appends find it free (I13).
 */
public final class DiskShare {
    private static final long BYTES_A_SECOND = 64 << 20;
    private static final Duration BURST = Duration.ofMillis(100);

    private final long bytesASecond;
    private final long burstNanos;
    private final CompactionRate rate = new CompactionRate();

    /** When everything that was taken has had its time; guarded by this. */
    private long freeFrom;

    public DiskShare() {
        this(BYTES_A_SECOND, System.nanoTime());
    }

    DiskShare(long bytesASecond, long now) {
        this.bytesASecond = bytesASecond;
        this.burstNanos = BURST.toNanos();
        this.freeFrom = now;
    }

    /** Takes so many bytes from now on, after all that was taken before; how many nanoseconds that one has to wait. */
    synchronized long take(long bytes, long now) {
        long earliest = now - burstNanos;
        long cost = Math.round((double) bytes / bytesASecond * TimeUnit.SECONDS.toNanos(1));
        freeFrom = (freeFrom - earliest < 0 ? earliest : freeFrom) + cost;
        return freeFrom - now;
    }

    /** How quickly merges go. */
    CompactionRate rate() {
        return rate;
    }
}
