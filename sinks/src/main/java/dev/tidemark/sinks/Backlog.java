// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one sink has not delivered, from counts in memory; only the age of the oldest row of a partition needs a look at
 * that row, once for each place the sink stops at.
 */
final class Backlog {
    private static final int SAMPLE_ROWS = 256;
    private static final long MICROS_PER_SECOND = 1_000_000;

    private final SinkSettings settings;
    private final RowSource rows;
    private final Ledger ledger;
    private final SinkRegister register;
    private final Map<Partition, Sample> samples = new ConcurrentHashMap<>();

    Backlog(SinkSettings settings, RowSource rows, Ledger ledger, SinkRegister register) {
        this.settings = settings;
        this.rows = rows;
        this.ledger = ledger;
        this.register = register;
    }

    /** The first rows after {@code after}: when the first was stamped, and what a row takes. */
    private record Sample(Sequence after, Instant first, long bytesPerRow) {}

    /** The newest row of every partition that this sink takes, or has promised something of. */
    List<Head> heads() {
        TreeSet<String> datasets = new TreeSet<>();
        rows.datasets().stream().filter(settings::takes).forEach(datasets::add);
        ledger.pending().forEach(intent -> datasets.add(intent.partition().dataset()));
        List<Head> heads = new ArrayList<>();
        for (String dataset : datasets) {
            heads.addAll(rows.heads(dataset));
        }
        return heads;
    }

    Standing standing(Partition partition) {
        return ledger.standing(Track.main(partition)).orElseGet(() -> born(partition));
    }

    /** How the sink stands with a partition that it has sent nothing of. */
    Standing born(Partition partition) {
        return Standing.at(birth(partition.dataset()).mark(partition));
    }

    /** Rows that came to the partition since the sink's birth. */
    long accepted(Head head) {
        return head.rows() - birth(head.partition().dataset()).rowsBefore(head.partition());
    }

    /** Rows that came since the birth and were not delivered. */
    long waitingRows(Head head, Standing standing) {
        return standing.noted().sequence() >= head.last().value()
                ? 0
                : Math.max(0, accepted(head) - standing.counts().settled());
    }

    /** The undelivered rows of the partition, or empty when there are none. */
    Optional<Waiting> waiting(Head head, Standing standing) throws IOException {
        long count = waitingRows(head, standing);
        if (count == 0) {
            samples.remove(head.partition());
            return Optional.empty();
        }
        Sample sample = samples.get(head.partition());
        if (sample == null || sample.after.value() != standing.noted().sequence()) {
            sample = sample(head, new Sequence(standing.noted().sequence()));
            samples.put(head.partition(), sample);
        }
        return Optional.of(new Waiting(count, count * sample.bytesPerRow, sample.first));
    }

    private Sample sample(Head head, Sequence after) throws IOException {
        try (RowStream stream = rows.read(head.partition(), after, head.last(), SAMPLE_ROWS)) {
            RowBatch batch = stream.next();
            if (batch == null) {
                return new Sample(after, head.lastTime(), 0);
            }
            try (batch) {
                long micros = batch.ingestTimeMicros(0);
                Instant first = Instant.ofEpochSecond(
                        Math.floorDiv(micros, MICROS_PER_SECOND), Math.floorMod(micros, MICROS_PER_SECOND) * 1000);
                return new Sample(after, first, Math.max(1, batch.bytes() / batch.rows()));
            }
        }
    }

    private Birth birth(String dataset) {
        return register.registration(settings.name())
                .flatMap(registration -> registration.birth(dataset))
                .orElseGet(() -> Birth.ofLater(dataset, settings.start()));
    }
}
