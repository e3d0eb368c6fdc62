// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/**
 * The part of a target that one read is for: rows of one order.
 *
 * @param since those that are wanted come after this, and after what was delivered
 * @param through and none comes after this
 */
record Stretch(Target target, Range.Order order, long since, long through) {
    Track track() {
        return target.track();
    }

    /** Where the rows begin that are not promised yet. */
    long after(Standing standing) {
        return Math.max(since, order.partOf(standing.ahead()));
    }

    /** Where the rows begin that are not settled yet. */
    long behind(Standing standing) {
        return Math.max(since, order.partOf(standing.noted()));
    }
}
