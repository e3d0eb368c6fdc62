// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Position;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Makes units of the rows of one track after the other, and sends them wave by wave.
 *
 * <p>What was promised before goes first, exactly as it was promised; what the destination has of its own is skipped.
 * It lives as long as its pass.
 */
final class Packer {
    private static final int HALVED_MIN = 4;

    private final SinkSettings settings;
    private final Sink sink;
    private final Backlog backlog;
    private final Shipping shipping;
    private final Restoration restoration;
    private final Targets policy;
    private final Findings findings;
    private final Path spills;
    private final InstantSource clock;

    private final Demand demand;
    private final BooleanSupplier stopping;
    private final Tally tally;
    private final Instant began;

    /** Replays that have no more rows of a partition. */
    private final Map<Track, Sequence> ended = new HashMap<>();

    /** What the wave in hand promises, as soon as what left before it is settled. */
    private final List<Run> runs = new ArrayList<>();

    private Wave wave;
    private int spilled;
    private int progress;

    Packer(
            SinkSettings settings,
            Sink sink,
            Backlog backlog,
            Shipping shipping,
            Restoration restoration,
            Targets policy,
            Findings findings,
            Path spills,
            InstantSource clock,
            Demand demand,
            BooleanSupplier stopping,
            Tally tally,
            long units) {
        this.settings = settings;
        this.sink = sink;
        this.backlog = backlog;
        this.shipping = shipping;
        this.restoration = restoration;
        this.policy = policy;
        this.findings = findings;
        this.spills = spills;
        this.clock = clock;
        this.demand = demand;
        this.stopping = stopping;
        this.tally = tally;
        this.began = clock.instant();
        // The second half is made while the first one leaves; two waves cost the one sync more that a pass may.
        this.wave = new Wave(
                isBeside() && units >= HALVED_MIN ? (int) Math.min(units / 2, Wave.UNITS_MAX) : Wave.UNITS_MAX);
    }

    /** Whether units leave while the next ones are made. */
    private boolean isBeside() {
        return sink.marking() == Sink.Marking.PASS;
    }

    /** Where the rows of a stretch begin that this pass has not taken. */
    long behind(Stretch stretch) {
        Standing standing = policy.standing(stretch.track());
        return shipping.carries(stretch.track()) ? stretch.after(standing) : stretch.behind(standing);
    }

    /** How much was found to do so far; a round that adds nothing leads nowhere. */
    int progress() {
        return progress;
    }

    /**
     * Makes units of what is due of one track.
     *
     * @param cutter the rows of the stretch that are not settled yet
     * @param end the last row that it has
     * @param left gets the target where another look will find more
     */
    Optional<Stop> pack(Stretch stretch, UnitCutter cutter, long end, Set<Target> left) throws IOException {
        Track track = stretch.track();
        if (stretch.order() == Range.Order.SEQUENCE && restoration.isLate(track)) {
            OptionalLong first = cutter.next();
            if (first.isPresent()) {
                Optional<Stop> stop = settle();
                if (stop.isPresent()) {
                    return stop;
                }
                restoration.settle(track, first.getAsLong(), backlog::bear);
            }
        }
        Standing standing = policy.standing(track);
        Optional<Stop> stop = findings.inspect(track, standing);
        if (stop.isPresent()) {
            return stop;
        }
        backlog.bear(stretch.target().dataset());
        if (shipping.drafts().standing(track) == null) {
            shipping.drafts().add(new JournalRecord.Marked(track, standing.mark(), 0, 0, clock.instant()));
        }
        if (!shipping.carries(track)) {
            for (Intent intent : standing.pending()) {
                stop = again(intent, cutter);
                if (stop.isPresent()) {
                    return stop;
                }
            }
            if (standing.pass() != null) {
                // The mark moves before the next pass begins.
                stop = ship();
            }
        }
        return stop.isPresent() ? stop : anew(stretch, cutter, end, left);
    }

    /** A unit that was promised, read again. */
    private Optional<Stop> again(Intent intent, UnitCutter cutter) throws IOException {
        Optional<Unit> unit = cutter.cut(
                sink.encoderOf(intent.encoder()),
                ObjectLimits.NONE,
                intent.range().through(),
                spill(),
                read -> sink.facts(intent));
        if (unit.filter(read -> read.isAsPromised(intent)).isEmpty()) {
            return Optional.of(new Stop.Halt(Shipping.changed(intent)));
        }
        return put(new Wave.Ready(intent, unit.get()));
    }

    private Optional<Stop> put(Wave.Ready ready) throws IOException {
        wave.add(ready);
        progress++;
        return wave.isFull() ? ship() : Optional.empty();
    }

    private Path spill() {
        spilled++;
        return spills.resolve("unit-" + spilled);
    }

    private Optional<Stop> anew(Stretch stretch, UnitCutter cutter, long end, Set<Target> left) throws IOException {
        Track track = stretch.track();
        PassLimits limits = settings.destination().pass();
        while (!stopping.getAsBoolean()) {
            Optional<Stop> stop = skipCovered(stretch, cutter, end);
            if (stop.isPresent()) {
                return stop;
            }
            Run run = new Run(stretch, policy.standing(track), limits);
            long until = firstCovered(stretch, run.ahead(), end);
            boolean isMore = fill(run, stretch, cutter, until);
            promise(run);
            if (shipping.look().isPresent()) {
                stop = settle();
            } else if (wave.isFull()) {
                stop = ship();
            }
            if (stop.isPresent()) {
                return stop;
            }
            if (isMore && run.isFull()) {
                // Other tracks come first.
                left.add(stretch.target());
                return Optional.empty();
            }
            limits = run.left();
            if (!isMore && (until == end || run.isEmpty())) {
                if (stretch.order() == Range.Order.SEQUENCE) {
                    finish(stretch.target(), run.ahead(), cutter, end);
                }
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** Where units leave beside, a track may still be in its last pass, and has one at a time. */
    private void promise(Run run) {
        if (isBeside()) {
            runs.add(run);
        } else {
            run.promise();
        }
    }

    /** Takes units of what is due, as many as a wave and a pass have room for; false when there is no more. */
    private boolean fill(Run run, Stretch stretch, UnitCutter cutter, long until) throws IOException {
        while (!wave.isFull() && !run.isFull() && shipping.look().isEmpty()) {
            if (cutter.next().isEmpty() || !isDue(stretch, run, cutter)) {
                return false;
            }
            Optional<Unit> unit = cutter.cut(sink.encoder(), run.limits(), until, spill(), run::facts);
            if (unit.isEmpty()) {
                return false;
            }
            run.add(unit.get());
        }
        return true;
    }

    private boolean isDue(Stretch stretch, Run run, UnitCutter cutter) throws IOException {
        return Targets.isDueAtOnce(stretch, demand)
                || policy.isDue(
                        stretch.target(),
                        run.standing,
                        run.rows(),
                        cutter.nextTime().orElseThrow());
    }

    /** Remembers what was found out about the rows that stay. */
    private void finish(Target target, long after, UnitCutter cutter, long end) throws IOException {
        Track track = target.track();
        Sequence ahead = new Sequence(after);
        Optional<Instant> next = cutter.nextTime();
        boolean isEnd = end == target.through().sequence();
        if (track.isMain()) {
            if (next.isPresent()) {
                backlog.seen(track.partition(), ahead, next.get());
            } else if (isEnd) {
                backlog.reached(target.head(), ahead, began);
            }
        } else if (next.isEmpty() && isEnd) {
            ended.put(track, new Sequence(end));
        }
    }

    void passOver() {
        ended.forEach(this::passOver);
        ended.clear();
    }

    /** A replay has come to its end in this partition, with or without a row there. */
    private void passOver(Track track, Sequence end) {
        Standing standing = policy.standing(track);
        if (standing.pending().isEmpty() && standing.noted().sequence() < end.value()) {
            Position to = new Position(standing.noted().legacy(), end.value());
            Counts counts = standing.counts();
            progress++;
            shipping.drafts()
                    .add(new JournalRecord.Marked(
                            track, standing.mark().advanceTo(to), counts.rows(), counts.bytes(), clock.instant()));
        }
    }

    /** After a rewind, what the destination has of its own is not sent again. */
    private Optional<Stop> skipCovered(Stretch stretch, UnitCutter cutter, long end) throws IOException {
        Track track = stretch.track();
        for (Range range : findings.covered(track, policy.standing(track))) {
            long ahead = stretch.after(policy.standing(track));
            if (range.order() != stretch.order() || range.through() <= ahead) {
                continue;
            }
            OptionalLong next = cutter.next();
            if (next.isEmpty() || next.getAsLong() <= range.since()) {
                break;
            }
            if (!policy.standing(track).pending().isEmpty()) {
                Optional<Stop> stop = ship();
                if (stop.isPresent()) {
                    return stop;
                }
            }
            long to = Math.min(range.through(), end);
            shipping.found(new Range(stretch.order(), ahead, to), track, cutter.skip(to));
            progress++;
        }
        return Optional.empty();
    }

    /** Where the next range begins that the destination has, or the end. */
    private long firstCovered(Stretch stretch, long ahead, long end) throws IOException {
        long until = end;
        for (Range range : findings.covered(stretch.track(), policy.standing(stretch.track()))) {
            if (range.order() == stretch.order() && range.since() > ahead) {
                until = Math.min(until, range.since());
            }
        }
        return until;
    }

    /** Begins to send what is in hand, when everything before it is settled. */
    Optional<Stop> ship() throws IOException {
        Optional<Stop> stop = settle();
        if (stop.isPresent()) {
            return stop;
        }
        Wave full = wave;
        wave = new Wave(Wave.UNITS_MAX);
        runs.forEach(Run::promise);
        runs.clear();
        stop = shipping.begin(full, this::spill, stopping, tally);
        return stop.isPresent() || !isBeside() ? settle() : stop;
    }

    /** Waits until all that left is settled; what is in hand is given up when that ended badly. */
    Optional<Stop> settle() throws IOException {
        Optional<Stop> stop = shipping.finish();
        if (stop.isPresent()) {
            wave = new Wave(Wave.UNITS_MAX);
            runs.clear();
        }
        return stop;
    }

    /** New units of one track, each going on where the one before ends. */
    private final class Run {
        private final Track track;
        private final Range.Order order;
        private final Standing standing;
        private final PassLimits pass;
        private final long before;
        private final List<Unit> units = new ArrayList<>();
        private final List<Intent> intents = new ArrayList<>();
        private long ahead;
        private long rows;
        private long bytes;

        Run(Stretch stretch, Standing standing, PassLimits pass) {
            this.track = stretch.track();
            this.order = stretch.order();
            this.standing = standing;
            this.ahead = stretch.after(standing);
            this.pass = pass;
            this.before = standing.pending().stream().mapToLong(Intent::rows).sum();
        }

        long ahead() {
            return ahead;
        }

        /** Everything that is promised and not settled. */
        long rows() {
            return before + rows;
        }

        /** What is left of the limits of a pass. */
        PassLimits left() {
            return new PassLimits(Math.max(1, pass.rows() - rows), Math.max(1, pass.bytes() - bytes));
        }

        boolean isEmpty() {
            return units.isEmpty();
        }

        boolean isFull() {
            return sink.marking() == Sink.Marking.PASS && (rows >= pass.rows() || bytes >= pass.bytes());
        }

        ObjectLimits limits() {
            ObjectLimits limits = settings.destination().limits();
            return sink.marking() == Sink.Marking.UNIT
                    ? limits
                    : new ObjectLimits(
                            Math.min(limits.rows(), pass.rows() - rows),
                            Math.min(limits.bytes(), pass.bytes() - bytes),
                            limits.maxWait());
        }

        /** The promise of the unit that is being cut, made while its file can still say so. */
        Map<String, String> facts(Unit unit) {
            Range range = new Range(order, ahead, unit.through());
            Intent intent = shipping.intent(track, standing.mark().generation(), range, unit);
            intents.add(intent);
            return sink.facts(intent);
        }

        /** Takes the unit that was cut last. */
        void add(Unit unit) {
            Intent intent = intents.getLast();
            units.add(unit);
            wave.add(new Wave.Ready(intent, unit));
            progress++;
            ahead = unit.through();
            rows += unit.rows();
            bytes += unit.bytes();
            backlog.weighed(track.partition().dataset(), unit.rows(), unit.bytes());
        }

        /** The end of a pass is fixed with its first intent (I7). */
        void promise() {
            if (sink.marking() == Sink.Marking.PASS && !intents.isEmpty()) {
                Range range = new Range(order, intents.getFirst().range().since(), ahead);
                shipping.drafts().add(new JournalRecord.Passing(track, range));
            }
            intents.forEach(intent -> shipping.drafts().add(new JournalRecord.Promised(intent)));
        }
    }
}
