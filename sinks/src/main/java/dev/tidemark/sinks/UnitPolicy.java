// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Instant;

/** Decides when the waiting rows of a partition are a unit. */
record UnitPolicy(ObjectLimits limits) {
    /** Whether their number alone makes them due; where nothing is waited for, any number does. */
    boolean isDueByRows(long rows) {
        return rows >= limits.rows() || (rows > 0 && limits.maxWait().isZero());
    }

    /**
     * Whether rows that are not due by their number are due by their size or their age. Rows from the future were
     * stamped before the clock was set back; how long they have waited is not known, so they wait no more.
     */
    boolean isDue(Waiting waiting, Instant now) {
        return waiting.bytes() >= limits.bytes()
                || waiting.first().isAfter(now)
                || !waiting.first().plus(limits.maxWait()).isAfter(now);
    }
}
