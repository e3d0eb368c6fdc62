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
 *
 * @param letters what is kept of the track, and sent by no replay: those whose rows are gone back over are kept no more
 */
record Rewind(Track track, Standing standing, List<Letter> letters, Census census) {
    /** Looks at the rows of the track that the cache has now. */
    interface Census {
        long rows(Range range) throws IOException;

        /** Those of the letters whose rows are there. */
        List<Letter> present(List<Letter> letters) throws IOException;
    }

    JournalRecord.Moved to(Position to, Instant at) throws IOException {
        Counts counts = standing.counts();
        List<Range> skips = new ArrayList<>();
        List<Long> released = new ArrayList<>();
        for (Range.Order order : Range.Order.values()) {
            long from = order.partOf(standing.noted());
            long there = order.partOf(to);
            if (there > from) {
                counts = skipping(counts, new Range(order, from, there));
            } else if (there < from) {
                counts = returning(counts, new Range(order, there, from), released);
            }
            skips.addAll(skipsUntil(order, from, there));
        }
        return new JournalRecord.Moved(track, standing.mark().movedTo(to), counts, skips, released, at);
    }

    private Counts skipping(Counts counts, Range range) throws IOException {
        return new Counts(counts.rows(), counts.bytes(), counts.deadLettered(), counts.removed() + census.rows(range));
    }

    private Counts returning(Counts counts, Range range, List<Long> released) throws IOException {
        long skipped = 0;
        for (Range skip : standing.skips()) {
            long since = Math.max(skip.since(), range.since());
            long through = Math.min(skip.through(), range.through());
            boolean isMet = skip.order() == range.order() && since < through;
            skipped += isMet ? census.rows(new Range(range.order(), since, through)) : 0;
        }
        List<Letter> parked = census.present(letters.stream()
                .filter(letter -> letter.order() == range.order()
                        && letter.number() > range.since()
                        && letter.number() <= range.through())
                .toList());
        parked.forEach(letter -> released.add(letter.id()));
        long returned = census.rows(range) - skipped - parked.size();
        return new Counts(
                counts.rows() - returned,
                counts.bytes(),
                counts.deadLettered() - parked.size(),
                counts.removed() - skipped);
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
