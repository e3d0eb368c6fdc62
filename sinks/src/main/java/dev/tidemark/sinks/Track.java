// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;

/**
 * One line of units of a sink: a stream of one partition, with positions, ids and names of its own (I9).
 *
 * @param stream {@link #MAIN}, or {@code again-<k>} for a replay
 * @param partition for a sink with one watermark for each dataset, the dataset's {@link Partition#all}
 */
public record Track(String stream, Partition partition) implements Comparable<Track> {
    /** The stream of every unit that is not a replay. */
    public static final String MAIN = "main";

    public static Track main(Partition partition) {
        return new Track(MAIN, partition);
    }

    /** The stream of a replay, the first of which is number 1. */
    static String replay(int number) {
        return "again-" + number;
    }

    public boolean isMain() {
        return stream.equals(MAIN);
    }

    @Override
    public int compareTo(Track other) {
        int byPartition = partition.compareTo(other.partition);
        return byPartition != 0 ? byPartition : stream.compareTo(other.stream);
    }

    @Override
    public String toString() {
        return isMain() ? partition.toString() : partition + " (" + stream + ")";
    }
}
