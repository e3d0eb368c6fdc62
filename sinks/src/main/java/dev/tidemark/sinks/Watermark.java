// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Position;

/**
 * Delivered through here, for one sink and track: every row up to it has arrived or is accounted for (I7).
 *
 * @param generation counts the times that somebody moved it on purpose
 */
record Watermark(int generation, Position position) {
    /** The generation before anybody moved anything. */
    static final int FIRST_GENERATION = 1;

    static Watermark birth(Position position) {
        return new Watermark(FIRST_GENERATION, position);
    }

    /** Neither part of a position goes down within a generation. */
    Watermark advanceTo(Position next) {
        if (next.legacy() < position.legacy() || next.sequence() < position.sequence()) {
            throw new IllegalStateException("watermark would move back: from " + position + " to " + next);
        }
        return new Watermark(generation, next);
    }

    Watermark movedTo(Position next) {
        return new Watermark(generation + 1, next);
    }
}
