// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/**
 * How far a reader got: through one ordinal of the legacy rows, then through one sequence.
 *
 * <p>The two parts move independently, because a later adoption gives new ordinals to a reader that is long past its
 * first sequences. A position is behind another when either part is.
 */
public record Position(long legacy, long sequence) {
    public static final Position START = new Position(0, 0);

    public Position {
        if (legacy < 0 || sequence < 0) {
            throw new IllegalArgumentException("a position is never negative: " + legacy + "/" + sequence);
        }
    }

    public static Position after(Sequence sequence) {
        return new Position(0, sequence.value());
    }

    @Override
    public String toString() {
        return legacy + "/" + sequence;
    }
}
