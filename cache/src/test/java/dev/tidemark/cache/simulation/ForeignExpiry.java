// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** Another engine expires the table's old snapshots, with their files; it asks nobody who still reads them. */
record ForeignExpiry(String dataset) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        scene.elsewhere(() -> {
            if (!scene.isFull() && scene.foreign(dataset).hasRows()) {
                scene.endReadings();
                scene.foreign(dataset).expire();
            }
        });
    }
}
