// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.Sequence;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides what a pass is to deliver, from what is in memory: of each track whether, and how far. */
final class Targets {
    private final SinkSettings settings;
    private final Ledger ledger;
    private final Backlog backlog;
    private final Drafts drafts;
    private final DeadLetters letters;
    private final InstantSource clock;
    private final UnitPolicy policy;

    Targets(
            SinkSettings settings,
            Ledger ledger,
            Backlog backlog,
            Drafts drafts,
            DeadLetters letters,
            InstantSource clock) {
        this.settings = settings;
        this.ledger = ledger;
        this.backlog = backlog;
        this.drafts = drafts;
        this.letters = letters;
        this.clock = clock;
        this.policy = new UnitPolicy(settings.destination().limits());
    }

    /** How a track stands, what the journal has not heard yet included. */
    Standing standing(Track track) {
        Standing drafted = drafts.standing(track);
        if (drafted != null) {
            return drafted;
        }
        return track.isMain() ? backlog.born(track.partition()) : Standing.at(beginning(track));
    }

    private Watermark beginning(Track track) {
        return ledger.replays().stream()
                .filter(replay -> replay.stream().equals(track.stream()))
                .flatMap(replay -> replay.legOf(track.partition()).stream())
                .map(leg -> Watermark.birth(leg.from()))
                .findFirst()
                .orElseThrow();
    }

    /** What is promised comes first. */
    List<Target> of(List<Head> heads, Demand demand) {
        List<Target> promised = new ArrayList<>();
        List<Target> due = new ArrayList<>();
        for (Head head : heads) {
            Target target = Target.main(head);
            Standing standing = standing(target.track());
            if (!standing.pending().isEmpty()) {
                promised.add(target);
            } else if (isDue(head, standing, demand)) {
                due.add(target);
            }
        }
        promised.addAll(due);
        for (Replay replay : ledger.replays()) {
            promised.addAll(of(replay));
        }
        return promised;
    }

    private List<Target> of(Replay replay) {
        if (replay.isOfLetters()) {
            return ofLetters(replay);
        }
        List<Target> targets = new ArrayList<>();
        for (Replay.Leg leg : replay.legs()) {
            for (Head head : backlog.heads(leg.dataset())) {
                long end = Math.min(leg.until().sequence(), head.last().value());
                Target target = new Target(
                        new Track(replay.stream(), head.partition()),
                        head,
                        new Position(leg.until().legacy(), end));
                if (leg.takes(head.partition())) {
                    Standing standing = standing(target.track());
                    if (standing.noted().sequence() < end
                            || nextLegacy(target, standing).isPresent()) {
                        targets.add(target);
                    }
                }
            }
        }
        return targets;
    }

    private List<Target> ofLetters(Replay replay) {
        List<Target> targets = new ArrayList<>();
        for (Replay.Leg leg : replay.legs()) {
            Partition partition = new Partition(leg.dataset(), String.valueOf(leg.partition()));
            Head head = new Head(partition, new Sequence(leg.until().sequence()), 0, Instant.EPOCH, 0);
            Target target = new Target(new Track(replay.stream(), partition), head, leg.until());
            if (!letters.left(target.track(), standing(target.track())).isEmpty()) {
                targets.add(target);
            }
        }
        return targets;
    }

    /** The legacy rows that come next on a track: those of one adoption, or all that are kept as dead letters. */
    Optional<Stretch> nextLegacy(Target target, Standing standing) {
        if (letters.isSender(target.track())) {
            return letters.left(target.track(), standing).stream()
                    .filter(filed -> filed.letter().order() == Range.Order.LEGACY)
                    .reduce((one, other) -> other)
                    .map(last -> new Stretch(
                            target, Range.Order.LEGACY, 0, last.letter().number()));
        }
        return backlog.legacy(target.dataset())
                .next(target.partition(), standing.noted().legacy())
                .filter(batch -> batch.through() <= target.through().legacy())
                .map(batch -> new Stretch(target, Range.Order.LEGACY, batch.since(), batch.through()));
    }

    /** Whether nothing but rows with sequences is left of them, on the main stream. */
    boolean areOfSequences(List<Target> targets) {
        return targets.stream()
                .allMatch(target -> target.track().isMain()
                        && nextLegacy(target, standing(target.track())).isEmpty());
    }

    /** The replays that have nothing left to send. */
    List<Replay> ended() {
        return ledger.replays().stream().filter(replay -> of(replay).isEmpty()).toList();
    }

    private boolean isDue(Head head, Standing standing, Demand demand) {
        long count = settings.takes(head.partition().dataset()) ? backlog.waitingRows(head, standing) : 0;
        return count > 0
                && (demand == Demand.ALL
                        || policy.isDueByRows(count)
                        || policy.isDue(backlog.waiting(head, standing), clock.instant()));
    }

    /** Whether rows wait for nobody: nothing ever joins those of an adoption or of a replay. */
    static boolean isDueAtOnce(Stretch stretch, Demand demand) {
        return !stretch.track().isMain() || demand == Demand.ALL || stretch.order() == Range.Order.LEGACY;
    }

    /**
     * Whether the rows that a reader came to are due as a unit.
     *
     * @param standing before any of them was promised
     * @param promised how many have been since
     * @param first when the first came that was not
     */
    boolean isDue(Target target, Standing standing, long promised, Instant first) {
        long waiting = backlog.waitingRows(target.head(), standing) - promised;
        if (policy.isDueByRows(waiting)) {
            return true;
        }
        Waiting known = backlog.waiting(target.head(), standing(target.track()));
        long bytes = known.rows() == 0 ? 0 : known.bytes() * waiting / known.rows();
        return policy.isDue(new Waiting(waiting, bytes, first), clock.instant());
    }
}
