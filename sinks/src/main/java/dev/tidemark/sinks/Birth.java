// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Where one sink began in one dataset; resolved once, so that a {@code start} means the same for ever (I7).
 *
 * @param start what was configured then
 * @param sequence where partitions begin that are not listed
 * @param partitions those that had rows at or before the beginning, with how many: these rows are not this sink's
 */
record Birth(String dataset, String start, long legacy, long sequence, Map<String, Before> partitions) {
    private static final int BATCH_ROWS = 8192;

    /** What of a partition came before the sink. */
    record Before(long sequence, long rows) {}

    Birth {
        partitions = Map.copyOf(partitions);
    }

    /** The birth in a dataset that is younger than the sink: at its first row. */
    static Birth ofLater(String dataset, Start configured) {
        return new Birth(dataset, configured.toString(), 0, 0, Map.of());
    }

    /**
     * The birth in a dataset that may have rows.
     *
     * @throws IllegalArgumentException when the start names a sequence that no row has had yet
     */
    static Birth resolve(String dataset, Start configured, RowSource rows) throws IOException {
        return switch (configured) {
            case Start.Earliest earliest -> ofLater(dataset, earliest);
            case Start.Latest latest -> {
                // The head comes first: a partition that the list does not have yet begins after it.
                Sequence head = rows.head();
                Map<String, Before> before = new HashMap<>();
                for (Head newest : rows.heads(dataset)) {
                    before.put(
                            newest.partition().name(), new Before(newest.last().value(), newest.rows()));
                }
                yield new Birth(dataset, latest.toString(), legacyHead(dataset, rows), head.value(), before);
            }
            case Start.After after -> {
                if (after.sequence().isAfter(rows.head())) {
                    throw new IllegalArgumentException(
                            "start: " + after + " is above the newest row, which has sequence " + rows.head());
                }
                yield through(dataset, after, after.sequence(), rows);
            }
            case Start.At at -> through(dataset, at, Rewinder.before(at.time(), dataset, rows), rows);
        };
    }

    /** One read counts what came up to a sequence in every partition. */
    private static Birth through(String dataset, Start configured, Sequence through, RowSource rows)
            throws IOException {
        Map<String, Long> counts = new HashMap<>();
        rows.heads(dataset).forEach(head -> counts.put(head.partition().name(), 0L));
        try (RowStream stream = rows.readAll(dataset, Sequence.NONE, through, BATCH_ROWS)) {
            while (true) {
                try (RowBatch batch = stream.next()) {
                    if (batch == null) {
                        break;
                    }
                    for (int row = 0; row < batch.rows(); row++) {
                        counts.merge(batch.partitionName(row), 1L, Long::sum);
                    }
                }
            }
        }
        Map<String, Before> before = new HashMap<>();
        counts.forEach((name, count) -> before.put(name, new Before(through.value(), count)));
        return new Birth(dataset, configured.toString(), legacyHead(dataset, rows), through.value(), before);
    }

    /** Who begins after a sequence begins after the legacy rows that are there: they come before all others. */
    private static long legacyHead(String dataset, RowSource rows) throws IOException {
        return Legacy.headOf(rows.adoptions(dataset));
    }

    Watermark mark(Partition partition) {
        Before before = partitions.get(partition.name());
        return Watermark.birth(new Position(legacy, before == null ? sequence : before.sequence));
    }

    /** Rows of the partition that came before the sink. */
    long rowsBefore(Partition partition) {
        Before before = partitions.get(partition.name());
        return before == null ? 0 : before.rows;
    }

    /** Rows of the whole dataset that came before the sink. */
    long rowsBefore() {
        return partitions.values().stream().mapToLong(Before::rows).sum();
    }

    Sequence highest() {
        return new Sequence(
                partitions.values().stream().mapToLong(Before::sequence).reduce(sequence, Math::max));
    }
}
