// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Sequence;
import java.time.Instant;

/**
 * The promise to deliver exactly the rows {@code (since, through]} of one partition under one name (I8).
 *
 * @param id random, so that two copies of a cache never mean the same promise
 * @param stream the stream of units that it belongs to: {@link #MAIN}
 * @param through the sequence of the unit's last row
 * @param destination where it goes, with the register's prefix resolved
 * @param object the name it has there
 * @param encoder what encoded it first; a newer one may finish it, because the values are promised and not the bytes
 * @param digest over the rows' logical values
 */
public record Intent(
        String id,
        String stream,
        Partition partition,
        int generation,
        Sequence since,
        Sequence through,
        String destination,
        String object,
        String encoder,
        long rows,
        String digest,
        Instant at) {
    /** The stream of every unit that is not a replay. */
    public static final String MAIN = "main";

    public Intent {
        if (!through.isAfter(since) || rows < 1) {
            throw new IllegalArgumentException(
                    "a unit has rows: (" + since + ", " + through + "] with " + rows + " of " + partition);
        }
    }
}
