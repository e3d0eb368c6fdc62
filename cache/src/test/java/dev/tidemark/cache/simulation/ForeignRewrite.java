// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** Another engine rewrites a file of the table, whether we run or not. */
record ForeignRewrite(String dataset, int which) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        scene.elsewhere(() -> {
            if (!scene.isFull() && scene.foreign(dataset).hasRows()) {
                scene.foreign(dataset).rewrite(which);
            }
        });
    }

    @Override
    public boolean needsStore() {
        return false;
    }
}
