// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/**
 * What upkeep is to do to one dataset.
 *
 * @param keeper knows which rows have to stay for somebody
 */
public record UpkeepOrder(String dataset, RetentionRule rule, RowHolds.Keeper keeper, UpkeepLimits limits, Mode mode) {
    /** How much is changed. */
    public enum Mode {
        RUN,
        DRY_RUN,
        /** The neediest merge is made, and nothing else. */
        MERGE_ONE
    }
}
