// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** One thing that happens; a value, so that a list of them can be shortened, shown and played again. */
interface Action {
    void on(Scene scene) throws IOException;

    /** Whether it needs a process; one is started for it when there is none. */
    default boolean needsStore() {
        return true;
    }
}
