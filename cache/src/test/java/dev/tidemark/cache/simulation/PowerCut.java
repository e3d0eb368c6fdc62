// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.simulation.Death.Found;
import dev.tidemark.cache.testing.Fault;

/** The process is gone now, between two operations. */
record PowerCut(Found found, long seed) implements Action {
    @Override
    public void on(Scene scene) {
        scene.arm(new Death(Integer.MAX_VALUE, Fault.CUT, found, seed));
        scene.die();
    }

    @Override
    public boolean needsStore() {
        return false;
    }
}
