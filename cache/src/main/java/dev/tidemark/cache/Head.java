// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.time.Instant;

/**
 * The newest acknowledged row of one partition, from memory: a reader that is at {@code last} has nothing to open.
 *
 * @param rows how many rows the partition was ever given
 * @param lastTime when the newest of them was stamped
 * @param bytes what those took that came since the cache was opened, about as Arrow
 */
public record Head(Partition partition, Sequence last, long rows, Instant lastTime, long bytes) {}
