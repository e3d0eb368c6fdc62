// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Sequence;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** One fact in a sink's journal. */
sealed interface JournalRecord {
    /** The highest sequence that this fact promises to be one of the cache's. */
    default Sequence highest() {
        return Sequence.NONE;
    }

    /** The mark of a track moves over this range in one step. */
    record Passing(Track track, Range range) implements JournalRecord {
        @Override
        public Sequence highest() {
            return end(range);
        }
    }

    /** A unit is going to be sent. */
    record Promised(Intent intent) implements JournalRecord {
        @Override
        public Sequence highest() {
            return end(intent.range());
        }
    }

    /** A promised unit goes as two. */
    record Split(String intent, Intent left, Intent right) implements JournalRecord {
        @Override
        public Sequence highest() {
            return end(right.range());
        }
    }

    /** The destination acknowledged a unit. */
    record Noted(String intent, Track track, long bytes, Instant at) implements JournalRecord {}

    /** The one row of a unit is kept as a dead letter and will not be sent on this track. */
    record Parked(String intent, Track track, Letter letter, Instant at) implements JournalRecord {}

    /** The destination turned out to have these rows. */
    record Found(Track track, Range range, long rows, Instant at) implements JournalRecord {
        @Override
        public Sequence highest() {
            return end(range);
        }
    }

    /** Everything up to the mark is done with: so many rows and bytes since the sink's birth. */
    record Marked(Track track, Watermark mark, long rows, long bytes, Instant at) implements JournalRecord {
        @Override
        public Sequence highest() {
            return new Sequence(mark.position().sequence());
        }
    }

    /** All that is true of a track, but for what is pending. */
    record Stood(Track track, Standing standing) implements JournalRecord {
        @Override
        public Sequence highest() {
            long mark = standing.mark().position().sequence();
            return new Sequence(Math.max(mark, standing.reached().sequence()));
        }
    }

    /** Somebody moved the mark on purpose; the rows of the released letters are delivered as all others. */
    record Moved(Track track, Watermark mark, Counts counts, List<Range> skips, List<Long> released, Instant at)
            implements JournalRecord {
        @Override
        public Sequence highest() {
            return new Sequence(mark.position().sequence());
        }
    }

    /** A stream beside main began. */
    record Began(Replay replay) implements JournalRecord {}

    /** It has delivered all that it was to. */
    record Ended(String stream) implements JournalRecord {}

    /** Undelivered rows of a track that the cache's disk has lost. */
    record Missed(Track track, long rows) implements JournalRecord {}

    /** What these losses took from each track is counted. */
    record Reckoned(List<String> damages) implements JournalRecord {}

    /** Dead letters that are kept of a track, in a journal that was written anew. */
    record Kept(Track track, List<Letter> letters) implements JournalRecord {}

    /** What became of the dead letters of each dataset that are kept no more, and the last id, in such a journal. */
    record Closed(long last, Map<String, LetterBook.Closed> datasets) implements JournalRecord {}

    /** Somebody gave dead letters up. */
    record Dropped(List<Long> letters) implements JournalRecord {}

    /** The destination was told this life. */
    record Claimed(long number, String life) implements JournalRecord {}

    /** The sink stopped until somebody looks. */
    record Halted(SinkError error) implements JournalRecord {}

    /** Somebody looked. */
    record Resumed(Instant at) implements JournalRecord {}

    /** Somebody wants nothing sent, also after a restart. */
    record Paused(Instant at) implements JournalRecord {}

    /** Somebody wants it sent again. */
    record Unpaused(Instant at) implements JournalRecord {}

    /** The sink holds nothing of a dataset any more. */
    record Forgotten(String dataset) implements JournalRecord {}

    /** The last time that anything arrived. */
    record Succeeded(Instant at) implements JournalRecord {}

    private static Sequence end(Range range) {
        return range.isLegacy() ? Sequence.NONE : new Sequence(range.through());
    }
}
