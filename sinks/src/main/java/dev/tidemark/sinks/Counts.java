// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/**
 * What became of the rows of one track since the sink's birth, in the generation that counts now.
 *
 * @param rows acknowledged
 * @param bytes acknowledged, as stored or as sent
 * @param deadLettered parked
 * @param removed passed over: skipped by a rewind, or gone before they were delivered
 */
record Counts(long rows, long bytes, long deadLettered, long removed) {
    static final Counts NONE = new Counts(0, 0, 0, 0);

    /** Rows that the sink has done with. */
    long settled() {
        return rows + deadLettered + removed;
    }

    Counts delivering(long moreRows, long moreBytes) {
        return new Counts(rows + moreRows, bytes + moreBytes, deadLettered, removed);
    }

    Counts parking(long more) {
        return new Counts(rows, bytes, deadLettered + more, removed);
    }

    Counts removing(long more) {
        return new Counts(rows, bytes, deadLettered, removed + more);
    }

    Counts plus(Counts other) {
        return new Counts(
                rows + other.rows, bytes + other.bytes, deadLettered + other.deadLettered, removed + other.removed);
    }
}
