// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Acknowledged rows that the disk has lost: they are read no more, their bytes are kept apart, and no other row is
 * missing for it.
 *
 * @param name of the record and of the bytes in the directory {@code quarantine}
 * @param segment of the spool that they lay in, and {@code offset} where
 * @param dataset null when nothing tells whose rows they were
 * @param first the lowest sequence that they may have, and {@code last} the highest; exactly these where {@code rows} fills
 *     that range
 * @param rows how many; 0 when nothing tells
 * @param partitions how many of each; empty when nothing tells, then no partition counts them
 * @param what is known of it
 */
public record Damage(
        String name,
        long segment,
        long offset,
        @Nullable String dataset,
        Sequence first,
        Sequence last,
        long rows,
        Map<String, Long> partitions,
        Instant found,
        String what) {
    public Damage {
        partitions = Map.copyOf(partitions);
    }
}
