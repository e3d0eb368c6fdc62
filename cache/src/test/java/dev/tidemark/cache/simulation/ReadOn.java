// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.simulation.Scene.OpenReading;
import java.io.IOException;
import java.util.List;

/** Reads some batches of a view that was pinned, whatever was appended and flushed since; at its end lets it go. */
record ReadOn(int slot, int batches) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        OpenReading open = scene.readings().get(slot);
        if (open == null) {
            return;
        }
        String dataset = open.asked().dataset();
        for (int i = 0; i < batches; i++) {
            long before = open.reading().position();
            List<Row> rows = open.reading().next();
            long position = open.reading().position();
            assertTrue(position <= open.horizon(), () -> "read " + position + " beyond " + open.horizon());
            scene.model().expect(dataset, null, before, position, rows, open.removedThrough());
            if (rows.isEmpty()) {
                assertTrue(position == open.horizon(), () -> "ended at " + position + ", not " + open.horizon());
                scene.endReading(slot);
                return;
            }
        }
    }
}
