// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How many partitions there may be, of one dataset and of all (I13).
 *
 * <p>A partition is known when its first row is durable; until then a lease holds its place. Far from the bounds a lease
 * is for as many as there are rows, because telling them apart costs more.
 */
final class PartitionBounds {
    static final int ALL_MAX = 100_000;

    private final Cache cache;

    /** Places held by requests that are not done, for each dataset. Guarded by this. */
    private final Map<String, Integer> held = new HashMap<>();

    PartitionBounds(Cache cache) {
        this.cache = cache;
    }

    /** Places for the partitions that a request may bring; given back when they are known, or will not come. */
    record Lease(PartitionBounds bounds, String dataset, int places) implements AutoCloseable {
        @Override
        public void close() {
            bounds.giveBack(dataset, places);
        }
    }

    /** Holds places for the partitions of a batch. */
    Lease admit(RowBatch batch, int max) throws RefusedException {
        String dataset = batch.dataset().name();
        if (batch.dataset().partitionBy() == null || batch.rows() == 0) {
            return new Lease(this, dataset, 0);
        }
        if (hold(dataset, batch.rows(), max)) {
            return new Lease(this, dataset, batch.rows());
        }
        int fresh = fresh(batch);
        if (fresh > 0 && !hold(dataset, fresh, max)) {
            throw Problem.of(Slug.QUOTA, "the rows would make more partitions than there may be")
                    .limitedTo(max)
                    .hinting("partition by a column of fewer values, or raise datasets." + dataset + ".max_partitions, "
                            + ALL_MAX + " in all datasets together at most")
                    .refused();
        }
        return new Lease(this, dataset, fresh);
    }

    private int fresh(RowBatch batch) {
        Set<String> names = new HashSet<>();
        String dataset = batch.dataset().name();
        for (int row = 0; row < batch.rows(); row++) {
            String name = batch.partitionName(row);
            if (cache.head(new Partition(dataset, name)).isEmpty()) {
                names.add(name);
            }
        }
        return names.size();
    }

    private synchronized boolean hold(String dataset, int places, int max) {
        int heldByDataset = held.getOrDefault(dataset, 0);
        int heldByAll = held.values().stream().mapToInt(Integer::intValue).sum();
        boolean fits = (long) cache.partitions(dataset) + heldByDataset + places <= max
                && (long) cache.partitions() + heldByAll + places <= ALL_MAX;
        if (fits) {
            held.merge(dataset, places, Integer::sum);
        }
        return fits;
    }

    private synchronized void giveBack(String dataset, int places) {
        held.computeIfPresent(dataset, (name, all) -> all == places ? null : all - places);
    }
}
