// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.EAST;
import static dev.tidemark.sinks.Shore.WEST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an Iceberg sink leaves in its tables, read by Iceberg's own reader. */
@Tag("I7")
@Tag("I10")
class LakeTest {
    private final Shore shore = new Shore();

    @Test
    void everyRowIsInTheTableOfItsDatasetOnce() throws IOException {
        shore.append(ALL, 5);
        shore.append(WEST, 3);
        shore.append(EAST, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            assertEquals("idle", sinks.run("lake").state());
            assertEquals(shore.rows.sequences(), Lake.delivered(shore));
            shore.append(EAST, 2);
            assertEquals(2, sinks.tick("lake").deliveredRows());
            SinkState state = sinks.states().getFirst();
            assertEquals(List.of("all", "all"), state.partitions().stream().map(PartitionProgress::partition).toList());
            assertEquals(0, state.lagRows());
            assertEquals(12, state.deliveredRows());
            assertEquals(0, state.conservation().delta());
        }
        assertEquals(shore.rows.sequences(), Lake.delivered(shore));
    }
}
