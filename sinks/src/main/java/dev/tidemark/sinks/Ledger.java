// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the durable records of one journal add up to.
 *
 * <p>One thread applies records, any may read: each answer is one record's state or the next one's, never between.
 */
final class Ledger {
    private final Map<Partition, Standing> standings = new ConcurrentHashMap<>();
    private volatile long claims;
    private volatile @Nullable String claimant;
    private volatile @Nullable SinkError halt;
    private volatile @Nullable Instant lastSuccess;

    /**
     * Adds one record.
     *
     * @throws IllegalArgumentException when it contradicts those before it
     */
    void apply(JournalRecord record) {
        switch (record) {
            case JournalRecord.Promised(Intent intent) -> {
                Watermark born = new Watermark(intent.generation(), 0, intent.since());
                standings.merge(
                        intent.partition(),
                        Standing.at(born).promising(intent),
                        (standing, fresh) -> standing.promising(intent));
            }
            case JournalRecord.Noted noted -> {
                Standing standing = standings.get(noted.partition());
                Intent pending = standing == null ? null : standing.pending();
                if (standing == null || pending == null || !pending.id().equals(noted.intent())) {
                    throw new IllegalArgumentException("a note of " + noted.partition() + " has no intent");
                }
                standings.put(noted.partition(), standing.noting(pending, noted.bytes()));
                lastSuccess = noted.at();
            }
            case JournalRecord.Marked marked -> {
                Standing standing = standings.getOrDefault(marked.partition(), Standing.at(marked.mark()));
                if (standing.mark().sequence().isAfter(marked.mark().sequence())) {
                    throw new IllegalArgumentException("a mark of " + marked.partition() + " goes back");
                }
                standings.put(marked.partition(), standing.marking(marked.mark(), marked.rows(), marked.bytes()));
                if (marked.rows() > 0) {
                    lastSuccess = marked.at();
                }
            }
            case JournalRecord.Claimed(long number, String life) -> {
                claims = number;
                claimant = life;
            }
            case JournalRecord.Halted(SinkError error) -> halt = error;
            case JournalRecord.Resumed resumed -> halt = null;
        }
    }

    /** Moves each mark that a crash left behind its note. */
    void settle() {
        standings.replaceAll((partition, standing) ->
                standing.marking(standing.mark().advanceTo(standing.noted()), standing.rows(), standing.bytes()));
    }

    Optional<Standing> standing(Partition partition) {
        return Optional.ofNullable(standings.get(partition));
    }

    /** Every partition that the journal knows, at one moment. */
    Map<Partition, Standing> standings() {
        return Map.copyOf(standings);
    }

    /** Every unit that was promised and not acknowledged, oldest first. */
    List<Intent> pending() {
        List<Intent> pending = new ArrayList<>();
        for (Standing standing : standings.values()) {
            if (standing.pending() != null) {
                pending.add(standing.pending());
            }
        }
        pending.sort(Comparator.comparing(Intent::at).thenComparing(Intent::partition));
        return pending;
    }

    /** The number of the last claim, 0 before the first. */
    long claims() {
        return claims;
    }

    /** The life that the destination was last told of. */
    Optional<String> claimant() {
        return Optional.ofNullable(claimant);
    }

    Optional<SinkError> halt() {
        return Optional.ofNullable(halt);
    }

    Optional<Instant> lastSuccess() {
        return Optional.ofNullable(lastSuccess);
    }

    boolean isEmpty() {
        return standings.isEmpty() && claims == 0;
    }

    /** The fewest records that add up to the same. */
    List<JournalRecord> condensed() {
        List<JournalRecord> records = new ArrayList<>();
        String life = claimant;
        if (life != null) {
            records.add(new JournalRecord.Claimed(claims, life));
        }
        standings.forEach((partition, standing) -> {
            Instant at = lastSuccess().orElse(Instant.EPOCH);
            records.add(new JournalRecord.Marked(partition, standing.mark(), standing.rows(), standing.bytes(), at));
            if (standing.pending() != null) {
                records.add(new JournalRecord.Promised(standing.pending()));
            }
        });
        SinkError error = halt;
        if (error != null) {
            records.add(new JournalRecord.Halted(error));
        }
        return records;
    }
}
