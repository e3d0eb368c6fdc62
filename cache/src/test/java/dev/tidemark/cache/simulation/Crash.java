// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

/** A death waits for one of the next disk operations, be it of a recovery. */
record Crash(Death death) implements Action {
    @Override
    public void on(Scene scene) {
        scene.arm(death);
    }

    @Override
    public boolean needsStore() {
        return false;
    }
}
