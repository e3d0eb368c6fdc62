// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait after so many failures in a row: exponential with full jitter, so that sinks do not march in step. */
public record BackOff(Duration first, Duration max) {
    /** No wait is longer: one that is comes of a clock that was set back. */
    public static final Duration LONGEST = Duration.ofHours(1);

    public static final BackOff DEFAULT = new BackOff(Duration.ofSeconds(1), Duration.ofMinutes(5));

    private static final int DOUBLINGS_MAX = 30;

    public BackOff {
        if (!first.isPositive() || max.compareTo(first) < 0 || max.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "waits begin above nothing, grow, and end within " + LONGEST + ": first=" + first + " max=" + max);
        }
    }

    Duration after(int failures, RandomGenerator random) {
        long longest = max.toMillis();
        int doublings = Math.min(failures - 1, DOUBLINGS_MAX);
        long doubled = first.toMillis() > longest >> doublings ? longest : first.toMillis() << doublings;
        return Duration.ofMillis(1 + random.nextLong(Math.max(1, Math.min(doubled, longest))));
    }
}
