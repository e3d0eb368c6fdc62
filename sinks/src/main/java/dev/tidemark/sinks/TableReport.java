// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What looking after one table came to.
 *
 * @param expired snapshots that went
 * @param orphans files that went because nothing named them
 * @param filesIn what was rewritten, and {@code filesOut} into how many
 * @param remaining partitions that are worth a rewrite and have not got one
 * @param message why not, or where what was staged lies
 */
public record TableReport(
        String dataset,
        Outcome outcome,
        int expired,
        int orphans,
        int partitions,
        int filesIn,
        int filesOut,
        long rows,
        long bytesIn,
        int remaining,
        @Nullable String message) {
    /** What became of a rewrite; without one a table is never anything but below the threshold. */
    public enum Outcome {
        COMPACTED,
        BELOW_THRESHOLD,
        ABOVE_BYTE_CAP,
        NO_TABLE,
        CONFLICT,
        ERROR;

        /** The word that the command line uses. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Of a table of which nothing was rewritten. */
    public static TableReport of(String dataset, Outcome outcome, @Nullable String message) {
        return new TableReport(dataset, outcome, 0, 0, 0, 0, 0, 0, 0, 0, message);
    }

    /** The same, with what went besides. */
    public TableReport after(int snapshots, int files) {
        return new TableReport(
                dataset, outcome, snapshots, files, partitions, filesIn, filesOut, rows, bytesIn, remaining, message);
    }
}
