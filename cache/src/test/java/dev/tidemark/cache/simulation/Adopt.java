// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tidemark.cache.AdoptionRefusedException;
import java.io.IOException;

/** Takes over the rows of a file, once. */
record Adopt(String dataset, SourceFile file) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        if (scene.store().dataset(dataset).isEmpty()) {
            return;
        }
        Adopted adopted = scene.model().adopted(dataset);
        boolean isThere = adopted.has(file);
        adopted.tries(file);
        scene.settle(dataset, () -> {
            try {
                scene.store().adopt(dataset, file.on(scene.disk()));
                assertFalse(isThere, "adopted twice");
                adopted.came();
            } catch (AdoptionRefusedException e) {
                if (!isThere) {
                    throw new AssertionError("nothing of it is there", e);
                }
                adopted.refused();
            }
        });
    }
}
