// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A range that is delivered once more, on a stream beside {@code main}.
 *
 * @param stream {@code again-<k>}
 */
record Replay(String stream, List<Leg> legs) {
    Replay {
        legs = List.copyOf(legs);
    }

    /**
     * What is delivered of one dataset.
     *
     * @param partition the only one; null for all
     */
    record Leg(String dataset, @Nullable String partition, Position from, Position until) {
        boolean takes(Partition one) {
            return one.dataset().equals(dataset)
                    && (partition == null || one.name().equals(partition));
        }
    }

    Optional<Leg> legOf(Partition partition) {
        return legs.stream().filter(leg -> leg.takes(partition)).findFirst();
    }
}
