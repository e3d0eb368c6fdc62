// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** Holds everything against the model. */
record Look() implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        scene.look();
    }
}
