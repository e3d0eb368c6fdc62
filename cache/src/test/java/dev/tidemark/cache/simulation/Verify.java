// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** Holds the store against itself, as an operator does. */
record Verify() implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        scene.verify();
    }
}
