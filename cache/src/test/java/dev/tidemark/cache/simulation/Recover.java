// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** The host is lost, and its last backup goes on in its place. */
record Recover(As as) implements Action {
    /** What the copy is said to be. */
    enum As {
        RESTORED,
        CLONED
    }

    @Override
    public void on(Scene scene) throws IOException {
        scene.recover(as);
    }

    @Override
    public boolean needsStore() {
        return false;
    }
}
