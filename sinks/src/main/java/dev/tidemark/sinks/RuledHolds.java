// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What sinks hold under a rule that may leave some of them out (I11).
 *
 * <p>A sink that no file names or whose file leaves the dataset out, that is halted for good, or that delivers something once more, cannot be made to pass over rows:
 * it is waited for whatever the rule says.
 *
 * @param strangers names in the rule that no sink ever had; rows wait for them, because a name may be misspelt
 * @param able the sinks that can pass over rows
 */
record RuledHolds(RetentionRule rule, Holds holds, List<String> strangers, Map<String, SinkLoop> able)
        implements RowHolds {
    RuledHolds {
        strangers = List.copyOf(strangers);
        able = Map.copyOf(able);
    }

    private boolean isWaitedFor(String sink, String dataset) {
        return rule.holdsFor(sink) || !isAble(sink, dataset);
    }

    private boolean isAble(String sink, String dataset) {
        SinkLoop loop = able.get(sink);
        return loop != null && loop.takes(dataset);
    }

    @Override
    public Hold on(Partition partition) {
        Hold waited = hold(partition, sink -> isWaitedFor(sink, partition.dataset()));
        if (strangers.isEmpty()) {
            return waited;
        }
        List<String> by = new ArrayList<>(waited.by());
        by.addAll(strangers);
        return new Hold(Position.START, by);
    }

    @Override
    public Hold lacking(Partition partition) {
        return hold(partition, sink -> !isWaitedFor(sink, partition.dataset()));
    }

    @Override
    public Hold firmly(Partition partition) {
        return hold(partition, sink -> !isAble(sink, partition.dataset()));
    }

    private Hold hold(Partition partition, Predicate<String> some) {
        Holds.Lowest lowest = holds.lowest(partition, some);
        return new Hold(lowest.position(), lowest.by());
    }

    @Override
    public void passOver(String dataset, Sequence through, Passing who) throws IOException {
        if (through.equals(Sequence.NONE)) {
            return;
        }
        for (Map.Entry<String, SinkLoop> each : able.entrySet()) {
            boolean isMeant = who == Passing.EVERYBODY || !isWaitedFor(each.getKey(), dataset);
            if (isMeant && isAble(each.getKey(), dataset)) {
                each.getValue().passOver(dataset, through);
            }
        }
    }
}
