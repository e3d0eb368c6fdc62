// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** Many rows for a dataset whose table cannot be written any more, and some for a neighbour, until the spool is tight. */
record LoadBeside(String dataset, String neighbour, int rounds) implements Action {
    private static final int ROWS = 300;
    private static final int ROWS_OF_NEIGHBOUR = 20;

    @Override
    public void on(Scene scene) throws IOException {
        scene.breakTable(dataset);
        for (int round = 0; round < rounds; round++) {
            new Append(dataset, ROWS, 2, 0, 0).on(scene);
            new Append(neighbour, ROWS_OF_NEIGHBOUR, 1, 0, 0).on(scene);
            new Flush(neighbour).on(scene);
            scene.tryTo(new Flush(dataset));
        }
    }
}
