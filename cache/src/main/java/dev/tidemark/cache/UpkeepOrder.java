// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/** What upkeep is to do to one dataset. */
public record UpkeepOrder(String dataset, RetentionRule rule, UpkeepLimits limits, Mode mode) {
    /** Whether anything is changed. */
    public enum Mode {
        RUN,
        DRY_RUN
    }
}
