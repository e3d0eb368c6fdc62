// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

/** Whoever filled the disk is gone. */
record MakeRoom() implements Action {
    @Override
    public void on(Scene scene) {
        scene.room();
    }

    @Override
    public boolean needsStore() {
        return false;
    }
}
