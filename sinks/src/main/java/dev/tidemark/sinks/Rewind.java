// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Position;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves one mark on purpose, and with it what counts: rows that are gone back over are not delivered any more, rows
 * that are passed over are removed (I7, I16).
 */
record Rewind(Track track, Standing standing, Parking parking, Census census) {
    /** How many rows of the track a range has now. */
    interface Census {
        long rows(Range range) throws IOException;
    }

    JournalRecord.Moved to(Position to, Instant at) throws IOException {
        long from = standing.noted().sequence();
        Watermark mark = standing.mark().movedTo(to);
        if (to.sequence() > from) {
            return new JournalRecord.Moved(track, mark, skipping(range(from, to.sequence())), skipsUntil(to), at);
        }
        Counts counts = to.sequence() == from ? standing.counts() : returning(range(to.sequence(), from));
        return new JournalRecord.Moved(track, mark, counts, skipsUntil(to), at);
    }

    private Counts skipping(Range range) throws IOException {
        Counts counts = standing.counts();
        return new Counts(counts.rows(), counts.bytes(), counts.deadLettered(), counts.removed() + census.rows(range));
    }

    private Counts returning(Range range) throws IOException {
        Counts counts = standing.counts();
        long skipped = 0;
        for (Range skip : standing.skips()) {
            long since = Math.max(skip.since(), range.since());
            long through = Math.min(skip.through(), range.through());
            skipped += since < through ? census.rows(range(since, through)) : 0;
        }
        long parked = parking.parkedIn(track, range);
        long returned = census.rows(range) - skipped - parked;
        return new Counts(
                counts.rows() - returned, counts.bytes(), counts.deadLettered() - parked, counts.removed() - skipped);
    }

    private List<Range> skipsUntil(Position to) {
        List<Range> kept = new ArrayList<>();
        for (Range skip : standing.skips()) {
            if (skip.since() < to.sequence()) {
                kept.add(range(skip.since(), Math.min(skip.through(), to.sequence())));
            }
        }
        long from = standing.noted().sequence();
        if (to.sequence() > from) {
            kept.add(range(from, to.sequence()));
        }
        return kept;
    }

    private static Range range(long since, long through) {
        return new Range(Range.Order.SEQUENCE, since, through);
    }
}
