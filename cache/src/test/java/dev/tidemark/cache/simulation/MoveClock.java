// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.time.Duration;

/** The clock jumps. */
record MoveClock(Duration by) implements Action {
    @Override
    public void on(Scene scene) {
        scene.clock().advance(by);
        scene.model().runs(scene.clock().instant());
    }

    @Override
    public boolean needsStore() {
        return false;
    }
}
