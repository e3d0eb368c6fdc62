// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("I13")
class BackOffTest {
    private final SplittableRandom random = new SplittableRandom(7);

    @Test
    void theLongestWaitDoublesUpToItsLimit() {
        assertEquals(Duration.ofSeconds(1), longestOf(1));
        assertEquals(Duration.ofSeconds(8), longestOf(4));
        assertEquals(Duration.ofMinutes(5), longestOf(10));
        assertEquals(Duration.ofMinutes(5), longestOf(Integer.MAX_VALUE));
    }

    /** The longest of many waits, rounded up to whole seconds; with full jitter it comes near the bound. */
    private Duration longestOf(int failures) {
        long longest = 0;
        for (int i = 0; i < 2000; i++) {
            long wait = BackOff.DEFAULT.after(failures, random).toMillis();
            assertTrue(wait > 0);
            longest = Math.max(longest, wait);
        }
        return Duration.ofSeconds((longest + 999) / 1000);
    }

    @Test
    void whatIsConfiguredIsWhatIsWaited() {
        BackOff hours = new BackOff(Duration.ofMinutes(40), Duration.ofMinutes(60));
        for (int failures = 1; failures < 100; failures++) {
            Duration wait = hours.after(failures, random);
            assertTrue(wait.isPositive() && wait.compareTo(hours.max()) <= 0, failures + ": " + wait);
        }
        assertThrows(IllegalArgumentException.class, () -> new BackOff(Duration.ofSeconds(2), Duration.ofSeconds(1)));
    }
}
