// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/** What became of an append. Anything that is not here is an {@link java.io.IOException}: unknown. */
public sealed interface AppendOutcome {
    /** The rows are durable; row {@code i} has sequence {@code first + i}. */
    record Appended(Sequence first, Sequence last) implements AppendOutcome {}

    /**
     * Nothing was stored now: an append with this idempotency key and this body is durable already, and this was its
     * answer.
     */
    record Replayed(Sequence first, Sequence last, int rows) implements AppendOutcome {}

    /** Nothing was stored: an append with this idempotency key and another body is durable already. */
    record KeyReused() implements AppendOutcome {}

    /** Nothing was stored: the dataset's schema moved since the batch was made. Make it again against {@code current}. */
    record Outdated(Dataset current) implements AppendOutcome {}

    /** Nothing was stored: there is no memory for the rows now. The answer may differ in a moment. */
    record Busy(String why) implements AppendOutcome {}

    /** Nothing was stored: there is no room. The answer may differ later. */
    record Full(Limit limit, String why) implements AppendOutcome {}

    /** What there is no room in. */
    enum Limit {
        /** The disk has no bytes that rows may take. */
        DISK,
        /** What the cache allows itself is used up, whatever the disk has. */
        QUOTA
    }

    /** Nothing was stored of a {@link ReceivedUnit}, for what is remembered of its sender; all of that is durable. */
    sealed interface NotTaken extends AppendOutcome {}

    /** All rows of the unit are there. */
    record Duplicate(Received received) implements NotTaken {}

    /** The first rows of the unit are there: send those above the position, as {@link ReceivedUnit#after}. */
    record Straddles(Received received) implements NotTaken {}

    /** The sender was acknowledged more than is remembered here: this cache is not, or is an older copy of, that one. */
    record LostPosition(Received received) implements NotTaken {}

    /** Another life than the sender's wrote last: a copy of its cache. */
    record ForeignLife(String life) implements NotTaken {}

    /** The origin belongs to another token. */
    record OriginTaken() implements NotTaken {}
}
