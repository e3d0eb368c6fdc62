// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Goes through what a sink has delivered, in the order of datasets, partitions and names, a page at a time. */
final class DeliveredObjects {
    private final Sink sink;
    private final Map<Partition, SortedSet<String>> streams;

    /**
     * What lies under the names of these tracks, and of every replay there ever was.
     *
     * @param replays how many
     */
    DeliveredObjects(Sink sink, Iterable<Track> tracks, int replays) {
        this.sink = sink;
        this.streams = new TreeMap<>();
        for (Track track : tracks) {
            SortedSet<String> of = streams.computeIfAbsent(track.partition(), fresh -> new TreeSet<>());
            of.add(Track.MAIN);
            for (int replay = 1; replay <= replays; replay++) {
                of.add(Track.replay(replay));
            }
        }
    }

    /** @param after the {@link ObjectPage#next} of the page before; empty for the first */
    ObjectPage page(@Nullable String dataset, @Nullable String partition, String after, int limit)
            throws IOException, SinkVerbException {
        List<DeliveredObject> found = new ArrayList<>();
        for (Map.Entry<Partition, SortedSet<String>> one : streams.entrySet()) {
            Partition here = one.getKey();
            boolean wanted = (dataset == null || here.dataset().equals(dataset))
                    && (partition == null || here.name().equals(partition));
            int beside = wanted ? beside(here, after) : -1;
            if (beside >= 0) {
                String name = beside > 0 ? "" : after.substring(after.lastIndexOf('/') + 1);
                found.addAll(sink.delivered(here, one.getValue(), name, limit + 1 - found.size()));
            }
            if (found.size() > limit) {
                List<DeliveredObject> page = found.subList(0, limit);
                return new ObjectPage(page, cursor(page.getLast()));
            }
        }
        return new ObjectPage(found, null);
    }

    /** Whether a partition lies before, at or after where the page before ended. */
    private static int beside(Partition here, String after) throws SinkVerbException {
        if (after.isEmpty()) {
            return 1;
        }
        String[] parts = after.split("/", -1);
        if (parts.length != 3) {
            throw new SinkVerbException(SinkVerbException.Kind.BAD, "after is the next of the page before");
        }
        return here.compareTo(new Partition(parts[0], parts[1]));
    }

    private static String cursor(DeliveredObject last) {
        return last.dataset() + "/" + last.partition() + "/" + last.object();
    }
}
