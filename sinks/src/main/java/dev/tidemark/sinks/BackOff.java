// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait after so many failures in a row: exponential with full jitter, so that sinks do not march in step. */
record BackOff(Duration first, Duration max) {
    static final BackOff DEFAULT = new BackOff(Duration.ofSeconds(1), Duration.ofMinutes(5));

    private static final int DOUBLINGS_MAX = 30;

    Duration after(int failures, RandomGenerator random) {
        long doubled = first.toMillis() << Math.min(failures - 1, DOUBLINGS_MAX);
        return Duration.ofMillis(1 + random.nextLong(Math.min(doubled, max.toMillis())));
    }
}
