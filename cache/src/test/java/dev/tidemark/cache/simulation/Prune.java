// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;
import java.util.List;

/** Policy removes the oldest rows of a table; the others, so many of a hundred, are held for somebody. */
record Prune(String dataset, int heldPercent) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        Store store = scene.store();
        List<Row> present = scene.model().present(dataset);
        if (store.dataset(dataset).isEmpty() || present.isEmpty()) {
            return;
        }
        long through =
                present.get((present.size() - 1) * (100 - heldPercent) / 100).sequence();
        Departed departed = scene.model().departed(dataset);
        departed.leaves(Math.min(through, store.flushedThrough(dataset)), through);
        scene.settle(dataset, () -> {
            store.prune(dataset, through);
            // A flush whose outcome was unknown is settled first: its rows go too.
            departed.left(Math.min(through, store.flushedThrough(dataset)));
        });
    }
}
