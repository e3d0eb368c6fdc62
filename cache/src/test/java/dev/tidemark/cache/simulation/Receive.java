// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.simulation.Sent.Unit;
import java.io.IOException;

/** Another cache sends a unit of its rows: the next ones, or some that are here already, or some of both. */
record Receive(String dataset, String origin, int rows, Part part) implements Action {
    /** Which of its rows. */
    enum Part {
        NEXT,
        KNOWN,
        BOTH
    }

    @Override
    public void on(Scene scene) throws IOException {
        long here = scene.model().received(dataset, origin);
        if (part != Part.NEXT && here == 0) {
            return;
        }
        long since = part == Part.NEXT ? here : Math.max(0, here - rows);
        long through = part == Part.KNOWN ? here : here + rows;
        long value = scene.model().freshValues(rows);
        Post.send(scene, new Sent(dataset, value, rows, 1, 0, 0, new Unit(origin, since, through)));
    }
}
