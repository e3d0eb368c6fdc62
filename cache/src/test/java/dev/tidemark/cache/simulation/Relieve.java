// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** Readers leave and everything is flushed: then rows are taken again, whatever the quota is. */
record Relieve(String dataset) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        scene.endReadings();
        for (String each : Repertoire.DATASETS) {
            new Flush(each).on(scene);
        }
        scene.requireTaken(() -> new Append(dataset, 1, 1, 0, 0).on(scene));
    }
}
