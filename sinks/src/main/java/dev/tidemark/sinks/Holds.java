// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

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

    /** What of a partition may go: rows up to the position, and none at all where it is not known. */
    public Lowest lowest(Partition partition) {
        return lowest(partition, sink -> true);
    }

    /** The same for some of the sinks. */
    Lowest lowest(Partition partition, Predicate<String> some) {
        Position lowest = new Position(Long.MAX_VALUE, Long.MAX_VALUE);
        List<String> by = new ArrayList<>(unknown);
        if (!unknown.isEmpty()) {
            return new Lowest(Position.START, by);
        }
        for (Map.Entry<String, Held> each : held.entrySet()) {
            Position stands =
                    some.test(each.getKey()) ? each.getValue().partitions().get(partition) : null;
            if (stands == null && some.test(each.getKey())) {
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
