// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** The process stops in good order. */
record Restart() implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        scene.stop();
    }
}
