// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/** What became of one unit at its destination. */
public sealed interface Delivery {
    /** It is there, durably; {@code bytes} is what it takes as stored. */
    record Delivered(long bytes) implements Delivery {}

    /** Nothing arrived, and it may later: the same unit again. */
    record Deferred(String why) implements Delivery {}

    /** It cannot be delivered as it is, and trying again will not help. */
    record Refused(Refusal refusal) implements Delivery {}

    /** It may have arrived: the same unit again, under the same name, and the destination can tell. */
    record Unknown(String why) implements Delivery {}
}
