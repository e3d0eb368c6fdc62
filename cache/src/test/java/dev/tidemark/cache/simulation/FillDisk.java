// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

/** Somebody fills the disk but for some bytes. */
record FillDisk(long bytesLeft) implements Action {
    @Override
    public void on(Scene scene) {
        scene.fill(bytesLeft);
    }
}
