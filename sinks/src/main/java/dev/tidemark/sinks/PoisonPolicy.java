// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/**
 * What becomes of a row that a destination never takes.
 *
 * @param lettersMax so many are kept; a sink that has as many halts at the next
 * @param bytesMax what they take on disk together
 */
public record PoisonPolicy(Action action, int lettersMax, long bytesMax) {
    public static final PoisonPolicy DEFAULT = new PoisonPolicy(Action.DEAD_LETTER, 100_000, 256L << 20);

    /** What a sink does with it. */
    public enum Action {
        /** It is kept with its values, and passed. */
        DEAD_LETTER,
        /** Nothing goes on until somebody has looked. */
        HALT
    }

    public PoisonPolicy {
        if (lettersMax < 1 || bytesMax < 1) {
            throw new IllegalArgumentException("dead_letters: at least one row, and a byte");
        }
    }
}
