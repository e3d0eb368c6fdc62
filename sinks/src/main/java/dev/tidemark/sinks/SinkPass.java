// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * One pass of one sink: what is due of each track, read once for each dataset, cut into units, and shipped.
 *
 * <p>It goes as far as the heads were when it began: {@link Targets} decides what that is, each {@link Round} reads,
 * the {@link Packer} makes units, and {@link Shipping} sends them. Not for use by two threads at once.
 */
final class SinkPass {
    /** So often one pass goes back because a destination lost something. */
    private static final int LOSSES_MAX = 10;

    private final SinkSettings settings;
    private final Sink sink;
    private final SinkJournal journal;
    private final RowSource rows;
    private final Backlog backlog;
    private final Shipping shipping;
    private final Restoration restoration;
    private final DeadLetters letters;
    private final Path spills;
    private final DurableFiles files;
    private final Executor beside;
    private final InstantSource clock;
    private final Losses losses;
    private final Targets policy;
    private final Findings findings;

    SinkPass(
            SinkSettings settings,
            Sink sink,
            SinkJournal journal,
            RowSource rows,
            Backlog backlog,
            Shipping shipping,
            Restoration restoration,
            DeadLetters letters,
            Path spills,
            DurableFiles files,
            Executor beside,
            InstantSource clock) {
        this.settings = settings;
        this.sink = sink;
        this.journal = journal;
        this.rows = rows;
        this.backlog = backlog;
        this.shipping = shipping;
        this.restoration = restoration;
        this.letters = letters;
        this.spills = spills;
        this.files = files;
        this.beside = beside;
        this.clock = clock;
        this.losses = new Losses(backlog, rows, shipping, journal);
        this.policy = new Targets(settings, journal.ledger(), backlog, shipping.drafts(), letters, clock);
        this.findings = new Findings(sink);
    }

    /** Delivers what the demand asks for; empty when all of it went through, or there was nothing. */
    Optional<Stop> deliver(Demand demand, BooleanSupplier stopping, Tally tally) throws IOException {
        List<Head> heads = backlog.heads();
        backlog.look(clock.instant());
        losses.reckon(heads);
        backlog.survey(heads);
        List<Target> targets = policy.of(heads, demand);
        if (targets.isEmpty()) {
            // A crash may have come between the last row of a replay and its end.
            endReplays();
            shipping.drafts().sync();
            return Optional.empty();
        }
        if (restoration.isOwed()) {
            if (!restoration.settle(heads, backlog::bear, stopping)) {
                return Optional.empty();
            }
            targets = policy.of(heads, demand);
        }
        if (!files.exists(spills)) {
            // Looked at first, because making sure of a directory costs a sync.
            files.createDirectories(spills);
        }
        clearSpills();
        try {
            Optional<Stop> stop = targets.isEmpty()
                    ? Optional.empty()
                    : shipping.claim(targets.getFirst().track().partition());
            if (stop.isEmpty()) {
                stop = rounds(heads, targets, demand, stopping, tally);
            }
            endReplays();
            // durable: I7 sink.mark.append
            shipping.drafts().sync();
            journal.tidy();
            letters.clear();
            return stop;
        } finally {
            try {
                shipping.abandon();
            } finally {
                shipping.drafts().forget();
                clearSpills();
            }
        }
    }

    /** Looks again as long as somebody wants it and it leads on. */
    private Optional<Stop> rounds(
            List<Head> heads, List<Target> first, Demand demand, BooleanSupplier stopping, Tally tally)
            throws IOException {
        Packer packer = new Packer(
                settings,
                sink,
                backlog,
                shipping,
                restoration,
                policy,
                findings,
                spills,
                clock,
                demand,
                stopping,
                tally,
                units(first));
        List<Target> targets = first;
        int lost = 0;
        while (!targets.isEmpty() && !stopping.getAsBoolean()) {
            int before = packer.progress();
            Round round = new Round(sink, rows, shipping, policy, packer, stopping, spills, files.disk(), beside);
            Optional<Stop> stop = round.over(targets);
            if (stop.isEmpty()) {
                stop = packer.ship();
            }
            List<Target> left = packer.progress() > before ? round.left() : List.of();
            if (stop.isPresent()) {
                // What left is settled, whatever is wrong with what was to follow.
                packer.settle();
            } else if (left.isEmpty() || !policy.areOfSequences(left)) {
                stop = packer.settle();
            }
            packer.passOver();
            if (stop.orElse(null) instanceof Stop.Again && lost < LOSSES_MAX) {
                lost++;
                findings.forget();
                targets = policy.of(heads, demand);
            } else if (stop.isPresent()) {
                return stop;
            } else {
                targets = left;
            }
        }
        return packer.settle();
    }

    /** About how many units will be made of what waits. */
    private long units(List<Target> targets) {
        long limit = settings.destination().limits().rows();
        return targets.stream()
                .mapToLong(target ->
                        Math.ceilDiv(backlog.waitingRows(target.head(), policy.standing(target.track())), limit))
                .sum();
    }

    private void endReplays() {
        policy.ended().forEach(replay -> shipping.drafts().add(new JournalRecord.Ended(replay.stream())));
    }

    /** After somebody moved marks, what destinations have wants asking again. */
    void forgetFindings() {
        findings.forget();
    }

    /** Removes the temporary files of a pass that nobody needs any more. */
    private void clearSpills() throws IOException {
        for (Path spill : files.list(spills)) {
            files.disk().delete(spill);
        }
    }
}
