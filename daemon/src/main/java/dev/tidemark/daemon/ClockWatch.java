// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees when the host's clock was set back, also while the daemon was not there.
 *
 * <p>Nothing that counts depends on the clock: sequences do not, and whoever waits waits no longer than it would have. But
 * rows get times that others read. Safe for use by several threads.
 */
final class ClockWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ClockWatch.class);

    /** A clock that is slewed or has leapt over a second was not set back. */
    private static final Duration TOLERANCE = Duration.ofSeconds(2);

    private final InstantSource clock;
    private Instant latest;
    private boolean said;

    /** Knows a time that has been. */
    ClockWatch(InstantSource clock, Instant known) {
        this.clock = clock;
        this.latest = known;
    }

    /** Looks once; to be called about every second. */
    synchronized void look() {
        Instant now = clock.instant();
        boolean back = isBack(now);
        if (back && !said) {
            LOG.warn("the clock was set back from={} to={}", latest, now);
        }
        said = back;
        latest = now.isAfter(latest) ? now : latest;
    }

    /** The latest time that has been, when the clock is before it. */
    synchronized @Nullable Instant backFrom() {
        return isBack(clock.instant()) ? latest : null;
    }

    private boolean isBack(Instant now) {
        return now.isBefore(latest.minus(TOLERANCE));
    }
}
