// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.List;
import java.util.Locale;

/**
 * What one run of upkeep did to a dataset, or would do.
 *
 * @param expired snapshots that the table let go of
 * @param orphans files that were deleted because nothing names them any more
 * @param why what was decided, a sentence each
 * @param failures what could not be read and was passed over, a sentence each; the rest was done
 */
public record UpkeepReport(
        String dataset,
        Retained retention,
        Compacted compaction,
        int expired,
        int orphans,
        List<String> why,
        List<String> failures) {
    public UpkeepReport {
        why = List.copyOf(why);
        failures = List.copyOf(failures);
    }

    /**
     * Rows that went, and rows that would have gone and stay.
     *
     * @param heldBy who keeps them
     */
    public record Retained(long removedRows, long heldRows, List<String> heldBy) {
        public static final Retained NOTHING = new Retained(0, 0, List.of());

        public Retained {
            heldBy = List.copyOf(heldBy);
        }
    }

    /** What was merged. */
    public record Compacted(Outcome outcome, int filesIn, int filesOut, long rows) {
        public static final Compacted NOTHING = new Compacted(Outcome.NOTHING_TO_DO, 0, 0, 0);
    }

    /** How a compaction ended. */
    public enum Outcome {
        COMPACTED,
        NOTHING_TO_DO,
        OVER_BUDGET,
        CONFLICT,
        ERROR;

        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
