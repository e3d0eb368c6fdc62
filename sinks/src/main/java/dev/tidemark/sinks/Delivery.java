// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Position;

/** What became of one unit at its destination. */
public sealed interface Delivery {
    /** It is there, durably; {@code bytes} is what it takes as stored, or as sent. */
    record Delivered(long bytes) implements Delivery {}

    /** Nothing arrived, and it may later: the same unit again. */
    record Deferred(Wait pause, String why) implements Delivery {}

    /** It may have arrived: the same unit again, under the same name, and the destination can tell. */
    record Unknown(String why) implements Delivery {}

    /** Nothing arrived, because the unit has a row that never will; others of its rows may: the loop bisects. */
    record Poisoned(Poison poison) implements Delivery {}

    /**
     * Nothing arrived, because the destination has no more of what it acknowledged than through here (I10): a new
     * generation begins there.
     */
    record Lost(Position kept) implements Delivery {}

    /** Nothing arrived, and somebody has to change something at the other end: the same unit again, rarely. */
    record TurnedAway(Refusal refusal) implements Delivery {}

    /** It cannot be delivered as it is, and trying again will not help until somebody looked. */
    record Refused(Refusal refusal) implements Delivery {}
}
