// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.FencedException;
import dev.tidemark.cache.table.ForeignEngine;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Another engine rolls the table back; nothing is built on that; then it rolls it forward again. */
record ForeignRollback(String dataset) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        scene.undisturbed(() -> {
            ForeignEngine foreign = scene.foreign(dataset);
            Long snapshot = !scene.isFull() && foreign.hasRows() ? foreign.rollBack() : null;
            if (snapshot != null) {
                lookAround(scene);
                foreign.rollForward(snapshot);
                assertEquals(Optional.empty(), scene.store().fence(dataset));
                scene.look();
            }
        });
    }

    private void lookAround(Scene scene) throws IOException {
        List<Row> rows = scene.readAll(dataset);
        Set<Row> sent = new HashSet<>(scene.model().everything(dataset));
        assertTrue(sent.containsAll(rows), "rows that nobody appended");
        boolean fenced = scene.store().fence(dataset).isPresent();
        assertTrue(
                fenced || new HashSet<>(rows).containsAll(scene.model().present(dataset)),
                "rows are gone and there is no fence");
        if (fenced) {
            assertThrows(FencedException.class, () -> scene.store().flush(dataset));
        }
    }
}
