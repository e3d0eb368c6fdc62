// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import org.jspecify.annotations.Nullable;

/**
 * What room a cache has now.
 *
 * @param freeBytes of the disk
 * @param spoolBytes that segments take, the one that is made ahead included
 * @param refusing what rows are refused for; null while they are taken
 */
public record Room(RoomLimits limits, long freeBytes, long spoolBytes, AppendOutcome.@Nullable Limit refusing) {
    /** Whether it helps to flush before it is due. */
    public boolean isTight() {
        return refusing != null || spoolBytes > limits.spoolBytesMax() / 2;
    }
}
