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
        Counts counts = standing.counts();
        List<Range> skips = new ArrayList<>();
        for (Range.Order order : Range.Order.values()) {
            long from = order.partOf(standing.noted());
            long there = order.partOf(to);
            if (there > from) {
                counts = skipping(counts, new Range(order, from, there));
            } else if (there < from) {
                counts = returning(counts, new Range(order, there, from));
            }
            skips.addAll(skipsUntil(order, from, there));
        }
        return new JournalRecord.Moved(track, standing.mark().movedTo(to), counts, skips, at);
    }

    private Counts skipping(Counts counts, Range range) throws IOException {
        return new Counts(counts.rows(), counts.bytes(), counts.deadLettered(), counts.removed() + census.rows(range));
    }

    private Counts returning(Counts counts, Range range) throws IOException {
        long skipped = 0;
        for (Range skip : standing.skips()) {
            long since = Math.max(skip.since(), range.since());
            long through = Math.min(skip.through(), range.through());
            boolean isMet = skip.order() == range.order() && since < through;
            skipped += isMet ? census.rows(new Range(range.order(), since, through)) : 0;
        }
        long parked = parking.parkedIn(track, range);
        long returned = census.rows(range) - skipped - parked;
        return new Counts(
                counts.rows() - returned, counts.bytes(), counts.deadLettered() - parked, counts.removed() - skipped);
    }

    private List<Range> skipsUntil(Range.Order order, long from, long there) {
        List<Range> kept = new ArrayList<>();
        for (Range skip : standing.skips()) {
            if (skip.order() == order && skip.since() < there) {
                kept.add(new Range(order, skip.since(), Math.min(skip.through(), there)));
            }
        }
        if (there > from) {
            kept.add(new Range(order, from, there));
        }
        return kept;
    }
}
