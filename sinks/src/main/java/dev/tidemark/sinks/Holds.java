// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowHolds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Which rows registered sinks still need, whatever the configuration says today (I11).
 *
 * @param unknown why it is not known what is needed; then everything is
 * @param held for each sink, by its name, what it has done with: rows after these positions stay
 */
public record Holds(List<String> unknown, Map<String, Held> held) {
    public Holds {
        unknown = List.copyOf(unknown);
        held = Map.copyOf(held);
    }

    /**
     * What one sink holds.
     *
     * @param births where it stands in partitions that are not listed, by dataset; it holds no other datasets
     * @param partitions where it stands, streams beside main included
     */
    public record Held(Map<String, Position> births, Map<Partition, Position> partitions) {
        public Held {
            births = Map.copyOf(births);
            partitions = Map.copyOf(partitions);
        }
    }

    /**
     * The lowest position that anybody needs rows after.
     *
     * @param by who, empty when nobody does
     */
    public record Lowest(Position position, List<String> by) {}

    /** What is held of a dataset whose rule this is. */
    RowHolds of(RetentionRule rule) {
        return partition -> {
            Lowest lowest = lowest(partition);
            return new RowHolds.Hold(lowest.position(), lowest.by());
        };
    }

    /** What of a partition may go: rows up to the position, and none at all where it is not known. */
    public Lowest lowest(Partition partition) {
        Position lowest = new Position(Long.MAX_VALUE, Long.MAX_VALUE);
        List<String> by = new ArrayList<>(unknown);
        if (!unknown.isEmpty()) {
            return new Lowest(Position.START, by);
        }
        for (Map.Entry<String, Held> each : held.entrySet()) {
            Position stands = each.getValue().partitions().get(partition);
            if (stands == null) {
                stands = each.getValue().births().get(partition.dataset());
            }
            if (stands != null) {
                by.add(each.getKey());
                lowest = new Position(
                        Math.min(lowest.legacy(), stands.legacy()), Math.min(lowest.sequence(), stands.sequence()));
            }
        }
        return new Lowest(lowest, List.copyOf(by));
    }
}
