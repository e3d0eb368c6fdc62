// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Position;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one sink stands with one track.
 *
 * @param mark everything up to here is done with
 * @param noted the last row that was acknowledged, parked or found; the mark follows it
 * @param acknowledged the last row that the destination acknowledged in this generation
 * @param reached the end of everything that was ever settled, or reached in an earlier generation
 * @param pass what the mark passes over in one move, while it does
 * @param pending the units that were promised and not settled, each going on where the one before ends
 * @param skips what rewinds passed over and nobody went back over since
 */
record Standing(
        Watermark mark,
        Position noted,
        Position acknowledged,
        Position reached,
        @Nullable Range pass,
        List<Intent> pending,
        Counts counts,
        List<Range> skips) {
    Standing {
        pending = List.copyOf(pending);
        skips = List.copyOf(skips);
    }

    static Standing at(Watermark mark) {
        return new Standing(
                mark, mark.position(), Position.START, mark.position(), null, List.of(), Counts.NONE, List.of());
    }

    /** The unit that goes next, or null when none is promised. */
    @Nullable
    Intent next() {
        return pending.isEmpty() ? null : pending.getFirst();
    }

    /** Where the next unit begins that is not promised yet. */
    Position ahead() {
        Position ahead = noted;
        for (Intent intent : pending) {
            ahead = intent.range().after(ahead);
        }
        return ahead;
    }

    /** The end of everything that was ever promised, in all generations. */
    Position promised() {
        return furthest(reached, ahead());
    }

    Standing beginning(Range next) {
        return new Standing(mark, noted, acknowledged, reached, next, pending, counts, skips);
    }

    Standing promising(Intent intent) {
        if (intent.range().partOf(ahead()) > intent.range().since()) {
            throw new IllegalArgumentException("an intent for " + intent.range() + " of " + intent.track() + " where "
                    + ahead() + " is promised already");
        }
        List<Intent> all = new ArrayList<>(pending);
        all.add(intent);
        return new Standing(mark, noted, acknowledged, reached, pass, all, counts, skips);
    }

    /** The same rows in two units. */
    Standing splitting(String id, Intent left, Intent right) {
        Intent whole = requireNext(id);
        if (left.range().since() != whole.range().since()
                || left.range().through() != right.range().since()
                || right.range().through() != whole.range().through()
                || left.rows() + right.rows() != whole.rows()) {
            throw new IllegalArgumentException(
                    left.range() + " and " + right.range() + " are not the halves of " + whole.range());
        }
        List<Intent> all = new ArrayList<>(List.of(left, right));
        all.addAll(pending.subList(1, pending.size()));
        return new Standing(mark, noted, acknowledged, reached, pass, all, counts, skips);
    }

    Standing noting(String id, long stored) {
        Intent intent = requireNext(id);
        return settling(intent, intent.range().after(acknowledged), counts.delivering(intent.rows(), stored));
    }

    Standing parking(String id) {
        Intent intent = requireNext(id);
        return settling(intent, acknowledged, counts.parking(intent.rows()));
    }

    /** The destination has these rows from before. */
    Standing finding(Range range, long rows) {
        return new Standing(
                mark,
                range.after(noted),
                acknowledged,
                furthest(reached, range.after(noted)),
                pass,
                pending,
                counts.delivering(rows, 0),
                skips);
    }

    Standing marking(Watermark next) {
        Range open = pass != null && pass.isBehind(next.position()) ? null : pass;
        Position through = furthest(noted, next.position());
        return new Standing(next, through, acknowledged, furthest(reached, through), open, pending, counts, skips);
    }

    Standing counting(Counts now) {
        return new Standing(mark, noted, acknowledged, reached, pass, pending, now, skips);
    }

    /** A new generation, in which nothing is promised. */
    Standing moving(Watermark next, Counts now, List<Range> passedOver) {
        Position furthest = furthest(furthest(reached, ahead()), next.position());
        return new Standing(next, next.position(), Position.START, furthest, null, List.of(), now, passedOver);
    }

    /** Whether the mark may move to what is noted. */
    boolean isPassed() {
        return pass == null || pass.isBehind(noted);
    }

    private Standing settling(Intent intent, Position acked, Counts now) {
        return new Standing(
                mark,
                intent.range().after(noted),
                acked,
                furthest(reached, intent.range().after(noted)),
                pass,
                pending.subList(1, pending.size()),
                now,
                skips);
    }

    private static Position furthest(Position one, Position other) {
        return new Position(Math.max(one.legacy(), other.legacy()), Math.max(one.sequence(), other.sequence()));
    }

    private Intent requireNext(String id) {
        Intent next = next();
        if (next == null || !next.id().equals(id)) {
            throw new IllegalArgumentException("no unit " + id + " is next to be settled");
        }
        return next;
    }
}
