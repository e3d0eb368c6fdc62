// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.Partition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One row as it is sent and as it has to come back; all of it follows from its value, which no other row has.
 *
 * @param sequence 0 while it has none
 * @param width how many of the columns behind the first two are filled
 */
record Row(long sequence, long value, @Nullable String who, int width) {
    /** Values of the partition column that are easily got wrong, as a name on a disk or in a map. */
    static final List<String> WHO =
            List.of("eu", "us", "", "..", "all", "_null", "a/b", "%", "x".repeat(300), "\uD83C\uDF0A\u00E9");

    private static final List<String> NAMES =
            WHO.stream().map(who -> Partition.of("any", who).name()).toList();
    private static final String NAME_OF_NULL = Partition.of("any", null).name();

    /** One of the first so many partitions, the one without a value among them, for a row with this value. */
    static @Nullable String who(long value, int partitions) {
        int chosen = (int) (value % partitions);
        return chosen == 2 ? null : WHO.get(chosen);
    }

    String partition() {
        return who == null ? NAME_OF_NULL : NAMES.get(WHO.indexOf(who));
    }

    /** The name of the partition that {@link #who(long, int)} chooses. */
    static String partition(long value, int partitions) {
        return new Row(0, value, who(value, partitions), 0).partition();
    }

    @Nullable
    Long extra(int column) {
        return column <= width ? Long.valueOf(value * column) : null;
    }
}
