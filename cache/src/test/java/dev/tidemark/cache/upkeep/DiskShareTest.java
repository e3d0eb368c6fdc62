// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How long whoever merges has to wait, by a clock of numbers. */
@Tag("I13")
class DiskShareTest {
    private static final long SECOND = 1_000_000_000;
    private static final long TENTH = SECOND / 10;

    private final DiskShare share = new DiskShare(1000, 0);

    @Test
    void whoeverTakesWaitsForAllThatWasTakenBefore() {
        assertEquals(SECOND, share.take(1000, 0));
        assertEquals(2 * SECOND, share.take(1000, 0), "another table's merge has the same share");
        assertEquals(SECOND + SECOND / 2, share.take(500, SECOND));
    }

    @Test
    void whatNobodyTookIsSavedForATenthOfASecondOnly() {
        assertTrue(share.take(100, 100 * SECOND) <= 0, "a burst");
        assertEquals(SECOND, share.take(1000, 100 * SECOND));
        assertEquals(SECOND - TENTH, share.take(1000, 200 * SECOND));
    }
}
