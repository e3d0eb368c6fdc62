// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** Somebody backs up the data directory, as the product does it. */
record BackUp() implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        scene.backUp();
    }
}
