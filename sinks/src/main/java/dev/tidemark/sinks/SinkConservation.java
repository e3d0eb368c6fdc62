// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/**
 * The rows of one sink since its birth, each in exactly one of these counts (I16).
 *
 * @param accepted rows that came into the sink's partitions, from the cache's own count
 * @param delivered rows that the destination acknowledged, from the journal
 * @param pending rows after the watermarks
 */
public record SinkConservation(
        long accepted, long adopted, long delivered, long pending, long deadLettered, long removed) {
    static final SinkConservation NOTHING = new SinkConservation(0, 0, 0, 0, 0, 0);

    /** Rows lost (above 0) or invented (below 0): must be 0. */
    public long delta() {
        return accepted + adopted - delivered - pending - deadLettered - removed;
    }

    /** With what became of rows that were parked, and are no more. */
    SinkConservation closing(LetterBook.Closed closed) {
        return new SinkConservation(
                accepted,
                adopted,
                delivered + closed.delivered(),
                pending,
                deadLettered - closed.delivered() - closed.dropped(),
                removed + closed.dropped());
    }

    SinkConservation plus(SinkConservation other) {
        return new SinkConservation(
                accepted + other.accepted,
                adopted + other.adopted,
                delivered + other.delivered,
                pending + other.pending,
                deadLettered + other.deadLettered,
                removed + other.removed);
    }
}
