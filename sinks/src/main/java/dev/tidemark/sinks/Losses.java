// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Head;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Counts the undelivered rows that the cache's disk has lost, once for each loss: they are removed, and no mark waits for
 * them (I16).
 *
 * <p>How many a sink misses is what should be waiting less what can be read, because a loss does not say which of its
 * rows were delivered before it.
 */
final class Losses {
    private final Backlog backlog;
    private final RowSource rows;
    private final Shipping shipping;
    private final SinkJournal journal;

    Losses(Backlog backlog, RowSource rows, Shipping shipping, SinkJournal journal) {
        this.backlog = backlog;
        this.rows = rows;
        this.shipping = shipping;
        this.journal = journal;
    }

    /** Looks at nothing when there is no new loss. */
    void reckon(List<Head> heads) throws IOException {
        Set<String> datasets = new HashSet<>();
        heads.forEach(head -> datasets.add(head.partition().dataset()));
        for (String dataset : datasets) {
            List<Damage> fresh = rows.damages(dataset).stream()
                    .filter(damage -> !journal.ledger().isReckoned(damage.name()))
                    .toList();
            if (!fresh.isEmpty()) {
                reckon(dataset, fresh);
            }
        }
    }

    private void reckon(String dataset, List<Damage> fresh) throws IOException {
        List<JournalRecord> records = new ArrayList<>();
        for (Head head : backlog.heads(dataset)) {
            Track track = Track.main(head.partition());
            Standing standing = backlog.standing(head.partition());
            long noted = standing.noted().sequence();
            long there = noted >= head.last().value()
                    ? 0
                    : shipping.count(
                            track,
                            new Range(Range.Order.SEQUENCE, noted, head.last().value()));
            long missed = backlog.waitingStamped(head, standing) - there;
            if (missed > 0) {
                if (journal.ledger().standing(track).isEmpty()) {
                    records.add(new JournalRecord.Marked(
                            track, standing.mark(), 0, 0, fresh.getFirst().found()));
                }
                records.add(new JournalRecord.Missed(track, missed));
            }
        }
        records.add(new JournalRecord.Reckoned(fresh.stream().map(Damage::name).toList()));
        // durable: I16 losses.reckon
        journal.append(records);
    }
}
