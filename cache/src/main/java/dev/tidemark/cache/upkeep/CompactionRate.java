// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How many bytes of files are merged in a time, from what it took before. */
final class CompactionRate {
    /** Before the first merge; a slow machine merges so much on one core. */
    private static final double FIRST_GUESS = 8 << 20;

    private static final double MEMORY = 0.5;
    /** A smaller merge tells more of its commit than of its rows. */
    private static final long TELLING_BYTES = 1 << 20;

    /** Guarded by this. */
    private double bytesASecond = FIRST_GUESS;

    synchronized void took(long bytes, Duration time) {
        if (bytes >= TELLING_BYTES) {
            double seconds = Math.max(1, time.toNanos()) / (double) TimeUnit.SECONDS.toNanos(1);
            bytesASecond = MEMORY * bytesASecond + (1 - MEMORY) * bytes / seconds;
        }
    }

    synchronized long bytesIn(Duration time) {
        return time.isNegative() ? 0 : (long) (bytesASecond * time.toNanos() / TimeUnit.SECONDS.toNanos(1));
    }

    synchronized Duration of(long bytes) {
        return Duration.ofNanos((long) (bytes / bytesASecond * TimeUnit.SECONDS.toNanos(1)));
    }
}
