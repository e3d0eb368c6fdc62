// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.simulation.Store.Asked;
import dev.tidemark.cache.simulation.Store.Reading;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reader goes on at its token, over lives and copies: some batches, then it keeps where it is.
 *
 * @param reader who, each with a dataset and a partition of its own
 * @param ahead how far beyond its token it asks for, or -1 for all there is
 */
record Follow(int reader, int batches, int batchRows, long batchBytes, long ahead) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        String dataset = Repertoire.DATASETS.get(reader % Repertoire.DATASETS.size());
        if (scene.store().dataset(dataset).isEmpty()) {
            return;
        }
        long since = scene.tokens().getOrDefault(reader, 0L);
        long horizon = scene.store().horizon();
        long through = ahead < 0 ? Long.MAX_VALUE : since + ahead;
        List<Row> rows = new ArrayList<>();
        long position;
        try (Reading reading =
                scene.store().read(new Asked(dataset, partition(), since, through, batchRows, batchBytes))) {
            boolean ended = false;
            for (int i = 0; i < batches && !ended; i++) {
                List<Row> batch = reading.next();
                assertTrue(batch.size() <= batchRows, "a batch of " + batch.size() + " rows");
                rows.addAll(batch);
                ended = batch.isEmpty();
            }
            position = reading.position();
            if (ended) {
                assertEquals(Math.max(since, Math.min(horizon, through)), position, "the end of a view");
            }
        }
        scene.model().expect(dataset, partition(), since, position, rows);
        scene.tokens().put(reader, position);
    }

    private @Nullable String partition() {
        int which = reader / Repertoire.DATASETS.size();
        return which == 0 ? null : Row.partition(which - 1L, Repertoire.PARTITIONS_MAX);
    }
}
