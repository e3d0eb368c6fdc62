// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** Merges the small files of a dataset's table. */
record Compact(String dataset, int minFiles) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        if (scene.store().dataset(dataset).isPresent()) {
            try {
                scene.store().compact(dataset, minFiles);
            } catch (IOException e) {
                if (!scene.isFull()) {
                    throw e;
                }
                scene.note("failed: " + e);
            }
        }
    }
}
