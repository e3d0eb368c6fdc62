// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** A restart with another quota for the spool. */
record LimitSpool(long bytes) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        scene.stop();
        scene.limitSpool(bytes);
    }
}
