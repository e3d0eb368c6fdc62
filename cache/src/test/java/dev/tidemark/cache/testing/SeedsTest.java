// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class SeedsTest {
    @Test
    void aFailureNamesItsSeed() {
        assumeTrue(System.getProperty("tidemark.seed") == null);
        AssertionError failure = assertThrows(
                AssertionError.class,
                () -> Seeds.each(5, seed -> {
                    if (seed == 4) {
                        throw new IOException("the fourth");
                    }
                }));
        assertEquals("seed 4 failed; -Dtidemark.seed=4 runs it alone", failure.getMessage());
    }
}
