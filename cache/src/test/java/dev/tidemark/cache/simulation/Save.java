// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

/** Somebody copies the disk as it is at one moment. */
record Save() implements Action {
    @Override
    public void on(Scene scene) {
        scene.save();
    }
}
