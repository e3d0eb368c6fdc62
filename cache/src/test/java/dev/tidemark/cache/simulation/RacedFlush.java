// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.table.ForeignEngine;
import dev.tidemark.cache.testing.DiskOperation;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Another engine commits a rewrite at the very moment at which a flush wants to commit. */
record RacedFlush(String dataset, int which) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        ForeignEngine foreign = scene.foreign(dataset);
        if (scene.isFull() || scene.store().dataset(dataset).isEmpty() || !foreign.hasRows()) {
            return;
        }
        AtomicBoolean committed = new AtomicBoolean();
        scene.disk().interpose(DiskOperation.LINK, path -> path.startsWith(CacheStore.TABLES), () -> {
            rewrite(scene, foreign);
            committed.set(true);
        });
        try {
            scene.store().flush(dataset);
        } catch (IOException e) {
            if (scene.hasFaulted() || !committed.get()) {
                throw e;
            }
            scene.note("was first: " + e);
            scene.store().flush(dataset);
        } finally {
            scene.disk().interpose(DiskOperation.LINK, path -> false, () -> {});
        }
    }

    private void rewrite(Scene scene, ForeignEngine foreign) {
        try {
            scene.elsewhere(() -> foreign.rewrite(which));
        } catch (IOException e) {
            throw new AssertionError("no fault is for another process", e);
        }
    }
}
