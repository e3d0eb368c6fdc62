// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import java.time.Instant;

/**
 * The promise to deliver exactly the rows of one range of one track under one name (I8).
 *
 * @param id random, so that two copies of a cache never mean the same promise
 * @param generation of the watermark that it follows
 * @param range ends at the unit's last row
 * @param destination where it goes, as the sink said when it promised
 * @param name what the destination knows it by: an object's key, or a batch id
 * @param encoder what encoded it first; a newer one may finish it, because the values are promised and not the bytes
 * @param digest over the rows' logical values
 */
public record Intent(
        String id,
        Track track,
        int generation,
        Range range,
        String destination,
        String name,
        String encoder,
        long rows,
        String digest,
        Instant at) {
    public Intent {
        if (rows < 1) {
            throw new IllegalArgumentException("a unit has rows: " + range + " of " + track + " with " + rows);
        }
    }

    public Partition partition() {
        return track.partition();
    }
}
