// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Sequence;
import java.time.Instant;

/** One fact in a sink's journal. */
sealed interface JournalRecord {
    /** The highest sequence that this fact promises to be one of the cache's. */
    default Sequence highest() {
        return Sequence.NONE;
    }

    /** A unit is going to be sent. */
    record Promised(Intent intent) implements JournalRecord {
        @Override
        public Sequence highest() {
            return intent.through();
        }
    }

    /** The destination acknowledged a unit. */
    record Noted(String intent, Partition partition, long bytes, Instant at) implements JournalRecord {}

    /** Everything up to the mark has arrived: so many rows and bytes since the sink's birth. */
    record Marked(Partition partition, Watermark mark, long rows, long bytes, Instant at) implements JournalRecord {
        @Override
        public Sequence highest() {
            return mark.sequence();
        }
    }

    /** The destination was told this life. */
    record Claimed(long number, String life) implements JournalRecord {}

    /** The sink stopped until somebody looks. */
    record Halted(SinkError error) implements JournalRecord {}

    /** Somebody looked. */
    record Resumed(Instant at) implements JournalRecord {}
}
