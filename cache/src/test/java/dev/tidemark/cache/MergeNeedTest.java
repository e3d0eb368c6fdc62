// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whose merge comes next, from numbers alone. */
@Tag("I13")
class MergeNeedTest {
    private static final MergeNeed LARGE = new MergeNeed("large", 120, 0.05, Duration.ofSeconds(12));
    private static final MergeNeed SMALL = new MergeNeed("small", 8, 0.9, Duration.ofSeconds(1));
    private static final MergeNeed EQUAL = new MergeNeed("equal", 80, 0.9, Duration.ofSeconds(8));

    private static Optional<String> next(Duration left, MergeNeed... needs) {
        return MergeNeed.neediest(List.of(needs), left).map(MergeNeed::dataset);
    }

    @Test
    void whatHelpsMostForEachByteIsFirst() {
        assertEquals(Optional.of("small"), next(Duration.ofSeconds(30), LARGE, SMALL));
        assertEquals(Optional.of("large"), next(Duration.ofSeconds(30), LARGE));
    }

    @Test
    void twoThatNeedItAsMuchAreTakenByName() {
        assertEquals(Optional.of("equal"), next(Duration.ofSeconds(30), SMALL, EQUAL));
        assertEquals(Optional.of("equal"), next(Duration.ofSeconds(30), EQUAL, SMALL));
    }

    @Test
    void whatDoesNotFitIntoTheTimeThatIsLeftLetsOthersPass() {
        assertEquals(Optional.of("small"), next(Duration.ofSeconds(1), LARGE, EQUAL, SMALL));
        assertEquals(Optional.empty(), next(Duration.ofMillis(999), LARGE, EQUAL, SMALL));
        assertEquals(Optional.empty(), next(Duration.ofSeconds(1)));
    }
}
