// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/**
 * The place of one row in the cache's one order: an int64 of at least 1, given once and never again (LLP 0002).
 *
 * <p>{@link #NONE} (0) stands before the first row; "after NONE" means from the start. Gaps are normal, so two sequences
 * are compared and never subtracted.
 */
public record Sequence(long value) implements Comparable<Sequence> {
    public static final Sequence NONE = new Sequence(0);

    public Sequence {
        if (value < 0) {
            throw new IllegalArgumentException("a sequence is never negative: " + value);
        }
    }

    public static Sequence min(Sequence one, Sequence other) {
        return one.isAfter(other) ? other : one;
    }

    public static Sequence max(Sequence one, Sequence other) {
        return one.isAfter(other) ? one : other;
    }

    public boolean isAfter(Sequence other) {
        return value > other.value;
    }

    @Override
    public int compareTo(Sequence other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
