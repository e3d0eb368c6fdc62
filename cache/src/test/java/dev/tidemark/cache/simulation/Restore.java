// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

/** The host goes back to the copy; what happened since is lost, but its numbers are not given again. */
record Restore() implements Action {
    @Override
    public void on(Scene scene) {
        scene.restore();
    }
}
