// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells where every row of one sink is: the cache's count of what came in against the journal's of what arrived (I16).
 *
 * <p>It waits for nobody. A partition whose mark is at its head has nothing pending, whatever the counts say, so a row
 * that was lost or invented shows as a difference.
 */
final class Accounts {
    private final Ledger ledger;
    private final Backlog backlog;
    private final ToIntFunction<Intent> attempts;
    private final InstantSource clock;

    Accounts(Ledger ledger, Backlog backlog, ToIntFunction<Intent> attempts, InstantSource clock) {
        this.ledger = ledger;
        this.backlog = backlog;
        this.attempts = attempts;
        this.clock = clock;
    }

    SinkState state(
            String name,
            String type,
            @Nullable String dialect,
            String state,
            @Nullable SinkError lastError,
            @Nullable Trouble trouble,
            @Nullable Instant nextTry) {
        // The journal comes before the heads, so that no row is counted delivered before it is counted accepted.
        Map<Track, Standing> standings = ledger.standings();
        Map<String, LetterBook.Closed> closed = ledger.letters().closed();
        long letters = ledger.letters().count();
        long recovered =
                closed.values().stream().mapToLong(LetterBook.Closed::delivered).sum();
        Instant now = clock.instant();
        backlog.look(now);
        List<PartitionProgress> partitions = new ArrayList<>();
        SinkConservation conservation = SinkConservation.NOTHING;
        for (Head head : backlog.heads()) {
            Standing standing = standings.get(Track.main(head.partition()));
            if (standing == null) {
                standing = backlog.born(head.partition());
            }
            PartitionProgress progress = progress(head, standing, now);
            partitions.add(progress);
            conservation = conservation.plus(new SinkConservation(
                    backlog.accepted(head),
                    backlog.adopted(head),
                    standing.counts().rows(),
                    progress.lagRows(),
                    standing.counts().deadLettered(),
                    standing.counts().removed()));
        }
        Set<String> datasets =
                partitions.stream().map(PartitionProgress::dataset).collect(Collectors.toSet());
        for (Map.Entry<String, LetterBook.Closed> one : closed.entrySet()) {
            conservation = datasets.contains(one.getKey()) ? conservation.closing(one.getValue()) : conservation;
        }
        Counts delivered = standings.entrySet().stream()
                .filter(each -> each.getKey().isMain())
                .map(each -> each.getValue().counts())
                .reduce(Counts.NONE, Counts::plus);
        partitions.sort(Comparator.comparingLong(PartitionProgress::lagRows)
                .reversed()
                .thenComparing(PartitionProgress::dataset)
                .thenComparing(PartitionProgress::partition));
        return new SinkState(
                name,
                type,
                dialect,
                state,
                lastError == null ? null : lastError.kind() + ": " + lastError.message(),
                lastError,
                nextTry,
                ledger.lastSuccess().orElse(null),
                delivered.rows() + recovered,
                delivered.bytes(),
                letters,
                partitions.stream().mapToLong(PartitionProgress::lagRows).sum(),
                partitions.stream().mapToLong(PartitionProgress::lagBytes).sum(),
                partitions.stream()
                        .mapToLong(PartitionProgress::lagSeconds)
                        .max()
                        .orElse(0),
                partitions,
                streams(standings),
                conservation,
                null,
                trouble);
    }

    private List<StreamProgress> streams(Map<Track, Standing> standings) {
        List<StreamProgress> streams = new ArrayList<>();
        for (Replay replay : ledger.replays()) {
            for (Replay.Leg leg : replay.legs()) {
                long delivered = standings.entrySet().stream()
                        .filter(each -> each.getKey().stream().equals(replay.stream())
                                && leg.takes(each.getKey().partition()))
                        .mapToLong(each -> each.getValue().counts().rows())
                        .sum();
                streams.add(new StreamProgress(
                        replay.stream(), leg.dataset(), leg.partition(), leg.from(), leg.until(), delivered));
            }
        }
        return streams;
    }

    private PartitionProgress progress(Head head, Standing standing, Instant now) {
        Waiting waiting = backlog.waiting(head, standing);
        Intent pending = standing.next();
        return new PartitionProgress(
                head.partition().dataset(),
                head.partition().name(),
                standing.mark().position().sequence(),
                head.last().value(),
                waiting.rows(),
                waiting.bytes(),
                waiting.rows() == 0
                        ? 0
                        : Math.max(0, Duration.between(waiting.first(), now).toSeconds()),
                standing.counts().rows(),
                pending == null
                        ? null
                        : new PendingIntent(
                                pending.range().since(),
                                pending.range().through(),
                                attempts.applyAsInt(pending),
                                pending.at()));
    }
}
