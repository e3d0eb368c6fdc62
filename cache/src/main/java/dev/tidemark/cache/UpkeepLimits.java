// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.time.Duration;

/**
 * How much one run of upkeep does.
 *
 * @param budget after which it begins nothing more
 * @param smallFile bytes below which a file is worth merging
 * @param targetFile bytes that a merged file is to have
 * @param minFiles how many small files are worth a merge
 */
public record UpkeepLimits(Duration budget, long smallFile, long targetFile, int minFiles) {
    /** The same with another budget. */
    public UpkeepLimits within(Duration other) {
        return new UpkeepLimits(other, smallFile, targetFile, minFiles);
    }
}
