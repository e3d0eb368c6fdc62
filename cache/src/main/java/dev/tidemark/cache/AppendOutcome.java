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
    record Full(String why) implements AppendOutcome {}
}
