// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Sequence;

/**
 * Delivered through here, for one sink and partition: every row up to it has arrived (I7).
 *
 * @param generation counts the times that somebody moved the sink back on purpose
 * @param legacy the last legacy ordinal
 * @param sequence the last sequence
 */
record Watermark(int generation, long legacy, Sequence sequence) {
    /** The generation before anybody moved anything. */
    static final int FIRST_GENERATION = 1;

    static Watermark birth(long legacy, Sequence sequence) {
        return new Watermark(FIRST_GENERATION, legacy, sequence);
    }

    Watermark advanceTo(Sequence next) {
        if (sequence.isAfter(next)) {
            throw new IllegalStateException("watermark would move back: from " + sequence + " to " + next);
        }
        return new Watermark(generation, legacy, next);
    }
}
