// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.simulation.Scene.OpenReading;
import dev.tidemark.cache.simulation.Store.Asked;
import java.io.IOException;

/** Pins a view that is read while other things happen; see {@link ReadOn}. */
record BeginReading(int slot, String dataset, int batchRows) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        if (!scene.readings().containsKey(slot)
                && scene.store().dataset(dataset).isPresent()) {
            long horizon = scene.store().horizon();
            long removed = scene.model().departed(dataset).through();
            Asked asked = new Asked(dataset, null, 0, Long.MAX_VALUE, batchRows, 1 << 20);
            scene.readings().put(slot, new OpenReading(asked, scene.store().read(asked), horizon, removed));
        }
    }
}
