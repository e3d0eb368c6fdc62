// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/** What came of telling a destination which life of the cache writes there now. */
public sealed interface Claim {
    /** Ours, and the destination remembers this life; {@code number} counts the claims made there. */
    record Held(long number) implements Claim {}

    /** The destination learns the life with each unit, or remembers none. */
    record Carried() implements Claim {}

    /** It cannot be asked now. */
    record Deferred(Wait pause, String why) implements Claim {}

    /** Another copy of the cache has written there, or the destination must not be used as it is. */
    record Foreign(Refusal refusal) implements Claim {}
}
