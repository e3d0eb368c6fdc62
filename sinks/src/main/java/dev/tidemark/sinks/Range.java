// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;

/**
 * The rows {@code (since, through]} of a partition, in one of the two orders that rows have: those with a sequence by
 * it, and legacy rows by their ordinal.
 */
public record Range(Order order, long since, long through) {
    /** What {@code since} and {@code through} count. */
    public enum Order {
        LEGACY,
        SEQUENCE;

        /** The order of a batch, whose rows are all of one. */
        static Order of(RowBatch batch) {
            return batch.isLegacy() ? LEGACY : SEQUENCE;
        }

        /** What a row of such a batch has in it. */
        long number(RowBatch batch, int row) {
            return this == LEGACY
                    ? batch.legacyOrdinal(row)
                    : batch.sequence(row).value();
        }

        /** The part of a position that counts in it. */
        long partOf(Position position) {
            return this == LEGACY ? position.legacy() : position.sequence();
        }
    }

    public Range {
        if (since < 0 || through <= since) {
            throw new IllegalArgumentException("a range has rows: (" + since + ", " + through + "]");
        }
    }

    public static Range ofSequences(Sequence since, Sequence through) {
        return new Range(Order.SEQUENCE, since.value(), through.value());
    }

    public static Range ofLegacy(long since, long through) {
        return new Range(Order.LEGACY, since, through);
    }

    public boolean isLegacy() {
        return order == Order.LEGACY;
    }

    /** Where a reader is that was at {@code before} and has read this range. */
    public Position after(Position before) {
        return isLegacy() ? new Position(through, before.sequence()) : new Position(before.legacy(), through);
    }

    /** The part of a position that this range counts in. */
    public long partOf(Position position) {
        return order.partOf(position);
    }

    /** Whether a reader at this position has all of it. */
    boolean isBehind(Position position) {
        return through <= partOf(position);
    }

    boolean contains(Range other) {
        return order == other.order && since <= other.since && other.through <= through;
    }

    /** As protocols write it: {@code <since>-<through>}, with {@code legacy/} before it for legacy rows. */
    @Override
    public String toString() {
        return (isLegacy() ? "legacy/" : "") + since + "-" + through;
    }
}
