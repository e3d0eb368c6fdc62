// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Sequence;
import org.jspecify.annotations.Nullable;

/**
 * How one sink stands with one partition.
 *
 * @param mark delivered through here
 * @param noted the last sequence that was acknowledged; the mark follows it
 * @param rows acknowledged since the birth
 * @param bytes likewise, as stored
 * @param pending the unit that was promised and not acknowledged
 */
record Standing(
        Watermark mark,
        Sequence noted,
        long rows,
        long bytes,
        @Nullable Intent pending) {
    static Standing at(Watermark mark) {
        return new Standing(mark, mark.sequence(), 0, 0, null);
    }

    Standing promising(Intent intent) {
        return new Standing(mark, noted, rows, bytes, intent);
    }

    Standing noting(Intent intent, long stored) {
        return new Standing(mark, intent.through(), rows + intent.rows(), bytes + stored, null);
    }

    Standing marking(Watermark next, long rowsNow, long bytesNow) {
        Sequence through = noted.isAfter(next.sequence()) ? noted : next.sequence();
        return new Standing(next, through, rowsNow, bytesNow, pending);
    }
}
