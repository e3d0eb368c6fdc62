// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.tidemark.cache.testing.ManualClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ClockWatchTest {
    private final ManualClock clock = ManualClock.started();

    @Test
    void aClockThatWasSetBackIsToldUntilItHasComeAsFarAgain() {
        Instant noon = clock.instant();
        ClockWatch watch = new ClockWatch(clock, noon.minus(Duration.ofDays(1)));
        watch.look();
        assertNull(watch.backFrom());

        clock.advance(Duration.ofDays(-1));
        watch.look();
        assertEquals(noon, watch.backFrom());

        clock.advance(Duration.ofDays(366));
        watch.look();
        assertNull(watch.backFrom());
    }

    @Test
    void aTimeThatWasBeforeTheStartCountsToo() {
        Instant tomorrow = clock.instant().plus(Duration.ofDays(1));
        assertEquals(tomorrow, new ClockWatch(clock, tomorrow).backFrom());
    }
}
