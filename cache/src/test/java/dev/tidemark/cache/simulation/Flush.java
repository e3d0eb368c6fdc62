// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** Moves a dataset's rows from the spool into its table. */
record Flush(String dataset) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        if (scene.store().dataset(dataset).isPresent()) {
            scene.store().flush(dataset);
        }
    }
}
