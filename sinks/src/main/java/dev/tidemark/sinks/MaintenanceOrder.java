// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done to exported tables.
 *
 * @param orphans the age from which on a file that nothing names goes; null: none does
 */
public record MaintenanceOrder(
        Work work, Mode mode, @Nullable Duration orphans) {
    /** What somebody is just writing is younger than this. */
    public static final Duration ORPHANS_LEAST = Duration.ofHours(1);

    public static final Duration ORPHANS_USUAL = Duration.ofDays(3);

    public MaintenanceOrder {
        if (orphans != null && orphans.compareTo(ORPHANS_LEAST) < 0) {
            throw new IllegalArgumentException("a file that is younger than 1h may be one that is just being written");
        }
    }

    /** Whether files are rewritten. */
    public enum Work {
        EXPIRE,
        COMPACT
    }

    /** Whether anything is changed. */
    public enum Mode {
        REAL,
        DRY_RUN
    }
}
