// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/** What came of telling a destination which life of the cache writes there now. */
public sealed interface Claim {
    /** Ours, and the destination remembers this life; {@code number} counts the claims made there. */
    record Held(long number) implements Claim {}

    /** The destination could not be asked what has to be known first. */
    record Deferred(Wait pause, String why) implements Claim {}

    /** Another copy of the cache has written there. */
    record Foreign(Refusal refusal) implements Claim {}
}
