// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until it is moved. Safe for use by several threads. */
public final class ManualClock implements InstantSource {
    private final AtomicReference<Instant> now;

    public ManualClock(Instant start) {
        now = new AtomicReference<>(start);
    }

    /** A clock at the beginning of the year 2026. */
    public static ManualClock started() {
        return new ManualClock(Instant.parse("2026-01-01T00:00:00Z"));
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    public void advance(Duration by) {
        now.updateAndGet(was -> was.plus(by));
    }

    /** Moves it to any time, back too, as a host's clock may. */
    public void set(Instant to) {
        now.set(to);
    }
}
