// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.time.Instant;
import java.util.List;

/**
 * Legacy rows that came into a dataset together: those with an ordinal in {@code (since, through]}.
 *
 * @param at when they were adopted
 * @param reach whether sinks are to have them
 * @param partitions how many rows each partition got, by name
 */
public record Adoption(long since, long through, Instant at, Reach reach, List<Part> partitions) {
    /** Who is to have adopted rows. */
    public enum Reach {
        /** Every sink of the dataset. */
        SINKS,
        /** Whoever reads the cache, and no sink. */
        LOCAL
    }

    /**
     * What one partition got.
     *
     * @param last the ordinal of the last of its rows
     */
    public record Part(Partition partition, long rows, long last) {}

    public Adoption {
        partitions = List.copyOf(partitions);
    }

    public long rows() {
        return partitions.stream().mapToLong(Part::rows).sum();
    }
}
