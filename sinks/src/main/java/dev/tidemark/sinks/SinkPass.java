// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * One pass of one sink: what is due of each track, read once for each dataset, cut into units, and shipped.
 *
 * <p>It goes as far as the heads were when it began. Promised units come first, each exactly as it was promised,
 * whatever has arrived since. Not for use by two threads at once.
 */
final class SinkPass {
    private static final int BATCH_ROWS = 8192;

    /** So often one pass goes back because a destination lost something. */
    private static final int LOSSES_MAX = 10;

    private final SinkSettings settings;
    private final Sink sink;
    private final SinkJournal journal;
    private final SinkRegister register;
    private final RowSource rows;
    private final Backlog backlog;
    private final Shipping shipping;
    private final Path spills;
    private final DurableFiles files;
    private final InstantSource clock;
    private final UnitPolicy policy;

    /** What this open has found out and need not ask again. */
    private final Set<Track> inspected = new HashSet<>();

    private final Map<Track, List<Range>> covered = new HashMap<>();

    SinkPass(
            SinkSettings settings,
            Sink sink,
            SinkJournal journal,
            SinkRegister register,
            RowSource rows,
            Backlog backlog,
            Shipping shipping,
            Path spills,
            DurableFiles files,
            InstantSource clock) {
        this.settings = settings;
        this.sink = sink;
        this.journal = journal;
        this.register = register;
        this.rows = rows;
        this.backlog = backlog;
        this.shipping = shipping;
        this.spills = spills;
        this.files = files;
        this.clock = clock;
        this.policy = new UnitPolicy(settings.destination().limits());
    }

    /** Delivers what the demand asks for; empty when all of it went through, or there was nothing. */
    Optional<Stop> deliver(Demand demand, BooleanSupplier stopping, Tally tally) throws IOException {
        List<Head> heads = backlog.heads();
        backlog.look(clock.instant());
        backlog.survey(heads);
        List<Target> targets = targets(heads, demand);
        if (targets.isEmpty()) {
            return Optional.empty();
        }
        files.createDirectories(spills);
        clearSpills();
        int losses = 0;
        Round round = new Round(demand, stopping, tally, clock.instant());
        try {
            Optional<Stop> stop = shipping.claim(targets.getFirst().track().partition());
            while (stop.isEmpty() && !targets.isEmpty() && !stopping.getAsBoolean()) {
                round.begin();
                stop = round.over(targets);
                if (stop.isEmpty()) {
                    stop = round.ship();
                }
                round.passOver();
                if (stop.orElse(null) instanceof Stop.Again && losses < LOSSES_MAX) {
                    losses++;
                    forgetFindings();
                    targets = targets(heads, demand);
                    stop = Optional.empty();
                } else {
                    targets = stop.isPresent() ? List.of() : round.left();
                }
            }
            endReplays();
            // durable: I7 sink.mark.append
            shipping.drafts().sync();
            journal.tidy();
            return stop;
        } finally {
            shipping.drafts().forget();
            clearSpills();
        }
    }

    /** After somebody moved marks, what destinations have wants asking again. */
    void forgetFindings() {
        inspected.clear();
        covered.clear();
    }

    /** Removes the temporary files of a pass that nobody needs any more. */
    void clearSpills() throws IOException {
        for (Path spill : files.list(spills)) {
            files.disk().delete(spill);
        }
    }

    private Standing standing(Track track) {
        Standing drafted = shipping.drafts().standing(track);
        if (drafted != null) {
            return drafted;
        }
        return track.isMain() ? backlog.born(track.partition()) : Standing.at(beginning(track));
    }

    private Watermark beginning(Track track) {
        return journal.ledger().replays().stream()
                .filter(replay -> replay.stream().equals(track.stream()))
                .flatMap(replay -> replay.legOf(track.partition()).stream())
                .map(leg -> Watermark.birth(leg.from()))
                .findFirst()
                .orElseThrow();
    }

    private List<Target> targets(List<Head> heads, Demand demand) {
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
        for (Replay replay : journal.ledger().replays()) {
            promised.addAll(targets(replay));
        }
        return promised;
    }

    private List<Target> targets(Replay replay) {
        List<Target> targets = new ArrayList<>();
        for (Replay.Leg leg : replay.legs()) {
            for (Head head : backlog.heads(leg.dataset())) {
                Track track = new Track(replay.stream(), head.partition());
                long end = Math.min(leg.until().sequence(), head.last().value());
                if (leg.takes(head.partition()) && standing(track).noted().sequence() < end) {
                    targets.add(new Target(track, head, new Sequence(end)));
                }
            }
        }
        return targets;
    }

    private void endReplays() {
        for (Replay replay : journal.ledger().replays()) {
            if (targets(replay).isEmpty()) {
                shipping.drafts().add(new JournalRecord.Ended(replay.stream()));
            }
        }
    }

    private boolean isDue(Head head, Standing standing, Demand demand) {
        long count = settings.takes(head.partition().dataset()) ? backlog.waitingRows(head, standing) : 0;
        return count > 0
                && (demand == Demand.ALL
                        || policy.isDueByRows(count)
                        || policy.isDue(backlog.waiting(head, standing), clock.instant()));
    }

    /** A dataset that is younger than the sink has a birth before its first intent (I7). */
    private void bear(String dataset) throws IOException {
        Registration known = register.registration(settings.name()).orElseThrow();
        if (known.birth(dataset).isEmpty()) {
            register.put(known.with(List.of(Birth.ofLater(dataset, settings.start()))));
        }
    }

    private Optional<Stop> inspect(Track track, Standing standing) throws IOException {
        if (inspected.contains(track)) {
            return Optional.empty();
        }
        Set<String> pending = new HashSet<>();
        standing.pending().forEach(intent -> pending.add(intent.name()));
        Optional<Refusal> refusal = sink.inspect(track, standing.reached(), pending);
        if (refusal.isEmpty()) {
            inspected.add(track);
        }
        return refusal.map(Stop.Halt::new);
    }

    /** One look at every target, and the units that came of it and have not left. */
    private final class Round {
        private final Demand demand;
        private final BooleanSupplier stopping;
        private final Tally tally;
        private final Instant began;
        private List<Target> left = new ArrayList<>();
        private Wave wave = new Wave();
        private int spilled;
        private int progress;

        /** Replays that have no more rows of a partition. */
        private final Map<Track, Sequence> ended = new HashMap<>();

        Round(Demand demand, BooleanSupplier stopping, Tally tally, Instant began) {
            this.demand = demand;
            this.stopping = stopping;
            this.tally = tally;
            this.began = began;
        }

        void begin() {
            left = new ArrayList<>();
            progress = 0;
        }

        /** Those that want another look, as long as looking leads on. */
        List<Target> left() {
            return progress > 0 ? left : List.of();
        }

        Optional<Stop> over(List<Target> targets) throws IOException {
            Map<String, List<Target>> byDataset = new LinkedHashMap<>();
            Optional<Stop> stop = Optional.empty();
            for (Target target : targets) {
                if (target.track().isMain() && sink.grain() == Sink.Grain.PARTITION) {
                    byDataset
                            .computeIfAbsent(target.dataset(), dataset -> new ArrayList<>())
                            .add(target);
                } else if (stop.isEmpty()) {
                    stop = alone(target);
                }
            }
            for (List<Target> each : byDataset.values()) {
                if (stop.isEmpty() && !stopping.getAsBoolean()) {
                    stop = each.size() == 1 ? alone(each.getFirst()) : together(each);
                }
            }
            return stop;
        }

        private Optional<Stop> alone(Target target) throws IOException {
            Sequence since = new Sequence(standing(target.track()).noted().sequence());
            RowStream stream = sink.grain() == Sink.Grain.DATASET
                    ? rows.readAll(target.dataset(), since, target.through(), BATCH_ROWS)
                    : rows.read(target.track().partition(), since, target.through(), BATCH_ROWS);
            try (UnitCutter cutter = new UnitCutter(stream, files.disk())) {
                return cut(target, cutter, target.through());
            }
        }

        /** One read of the dataset from the lowest mark that has something new. */
        private Optional<Stop> together(List<Target> targets) throws IOException {
            String dataset = targets.getFirst().dataset();
            Map<String, Sequence> wanted = new HashMap<>();
            Sequence through = Sequence.NONE;
            for (Target target : targets) {
                wanted.put(
                        target.track().partition().name(),
                        new Sequence(standing(target.track()).noted().sequence()));
                through = target.through().isAfter(through) ? target.through() : through;
            }
            Optional<Stop> stop = Optional.empty();
            try (Haul haul =
                    Haul.of(rows, dataset, wanted, through, BATCH_ROWS, spills.resolve("haul"), files.disk())) {
                for (Target target : targets) {
                    if (stop.isPresent() || stopping.getAsBoolean()) {
                        break;
                    }
                    Sequence end = haul.reached().isAfter(target.through()) ? target.through() : haul.reached();
                    try (UnitCutter cutter =
                            new UnitCutter(haul.rows(target.track().partition().name()), files.disk())) {
                        stop = cut(target, cutter, end);
                    }
                    if (haul.reached().compareTo(target.through()) < 0 && !left.contains(target)) {
                        left.add(target);
                    }
                }
            }
            return stop;
        }

        private Optional<Stop> cut(Target target, UnitCutter cutter, Sequence end) throws IOException {
            Track track = target.track();
            Standing standing = standing(track);
            Optional<Stop> stop = inspect(track, standing);
            if (stop.isPresent()) {
                return stop;
            }
            bear(target.dataset());
            if (shipping.drafts().standing(track) == null) {
                shipping.drafts().add(new JournalRecord.Marked(track, standing.mark(), 0, 0, clock.instant()));
            }
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
            return stop.isPresent() ? stop : anew(target, cutter, end);
        }

        /** A unit that was promised, read again. */
        private Optional<Stop> again(Intent intent, UnitCutter cutter) throws IOException {
            Optional<Unit> unit = cutter.cut(
                    sink.encoderOf(intent.encoder()),
                    ObjectLimits.NONE,
                    new Sequence(intent.range().through()),
                    spill(),
                    read -> sink.facts(intent));
            if (unit.filter(read -> read.isAsPromised(intent)).isEmpty()) {
                return Optional.of(new Stop.Halt(new Refusal(
                        "promise-changed",
                        "the rows promised as " + intent.name() + " cannot be read as they were promised")));
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

        private Optional<Stop> anew(Target target, UnitCutter cutter, Sequence end) throws IOException {
            Track track = target.track();
            while (!stopping.getAsBoolean()) {
                Optional<Stop> stop = skipCovered(track, cutter, end);
                if (stop.isPresent()) {
                    return stop;
                }
                Run run = new Run(track, standing(track));
                Sequence until = firstCovered(track, run.ahead(), end);
                boolean isMore = fill(run, target, cutter, until);
                run.promise();
                if (wave.isFull()) {
                    stop = ship();
                }
                if (stop.isPresent()) {
                    return stop;
                }
                if (isMore && sink.marking() == Sink.Marking.PASS) {
                    // A track has one pass at a time; the next one begins when this one is noted.
                    left.add(target);
                    return Optional.empty();
                }
                if (!isMore && (until.equals(end) || run.isEmpty())) {
                    finish(target, cutter, end);
                    return Optional.empty();
                }
            }
            return Optional.empty();
        }

        /** Takes units of what is due, as many as a wave and a pass have room for; false when there is no more. */
        private boolean fill(Run run, Target target, UnitCutter cutter, Sequence until) throws IOException {
            while (!wave.isFull() && !run.isFull()) {
                long waiting = backlog.waitingRows(target.head(), run.standing) - run.rows();
                Optional<Instant> first = cutter.nextTime();
                if (first.isEmpty() || !isDue(target, waiting, first.get())) {
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

        private boolean isDue(Target target, long waiting, Instant first) {
            if (!target.track().isMain() || demand == Demand.ALL || policy.isDueByRows(waiting)) {
                return true;
            }
            Waiting known = backlog.waiting(target.head(), standing(target.track()));
            long bytes = known.rows() == 0 ? 0 : known.bytes() * waiting / known.rows();
            return policy.isDue(new Waiting(waiting, bytes, first), clock.instant());
        }

        /** Remembers what was found out about the rows that stay. */
        private void finish(Target target, UnitCutter cutter, Sequence end) throws IOException {
            Track track = target.track();
            Sequence ahead = new Sequence(standing(track).ahead().sequence());
            Optional<Instant> next = cutter.nextTime();
            if (track.isMain()) {
                if (next.isPresent()) {
                    backlog.seen(track.partition(), ahead, next.get());
                } else if (end.equals(target.through())) {
                    backlog.reached(target.head(), ahead, began);
                }
            } else if (next.isEmpty() && end.equals(target.through())) {
                ended.put(track, end);
            }
        }

        void passOver() {
            ended.forEach(this::passOver);
            ended.clear();
        }

        /** A replay has come to its end in this partition, with or without a row there. */
        private void passOver(Track track, Sequence end) {
            Standing standing = standing(track);
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
        private Optional<Stop> skipCovered(Track track, UnitCutter cutter, Sequence end) throws IOException {
            for (Range range : covered(track)) {
                long ahead = standing(track).ahead().sequence();
                Optional<Sequence> next = cutter.nextSequence();
                if (next.isEmpty() || next.get().value() <= range.since()) {
                    break;
                }
                if (range.isLegacy() || range.through() <= ahead) {
                    continue;
                }
                if (!standing(track).pending().isEmpty()) {
                    Optional<Stop> stop = ship();
                    if (stop.isPresent()) {
                        return stop;
                    }
                }
                long to = Math.min(range.through(), end.value());
                shipping.found(new Range(Range.Order.SEQUENCE, ahead, to), track, cutter.skip(new Sequence(to)));
                progress++;
            }
            return Optional.empty();
        }

        /** Where the next range begins that the destination has, or the end. */
        private Sequence firstCovered(Track track, Position ahead, Sequence end) throws IOException {
            long until = end.value();
            for (Range range : covered(track)) {
                if (!range.isLegacy() && range.since() > ahead.sequence()) {
                    until = Math.min(until, range.since());
                }
            }
            return new Sequence(until);
        }

        private List<Range> covered(Track track) throws IOException {
            Standing standing = standing(track);
            if (!track.isMain() || standing.mark().generation() == Watermark.FIRST_GENERATION) {
                return List.of();
            }
            List<Range> known = covered.get(track);
            if (known == null) {
                known = sink.covered(track, standing.noted());
                covered.put(track, known);
            }
            return known;
        }

        /** Sends what is in hand. */
        Optional<Stop> ship() throws IOException {
            Wave full = wave;
            wave = new Wave();
            return shipping.ship(full, this::spill, stopping, tally);
        }

        /** New units of one track, each going on where the one before ends. */
        private final class Run {
            private final Track track;
            private final Standing standing;
            private final PassLimits pass;
            private final List<Unit> units = new ArrayList<>();
            private final List<Intent> intents = new ArrayList<>();
            private Position ahead;
            private long rows;
            private long bytes;

            Run(Track track, Standing standing) {
                this.track = track;
                this.standing = standing;
                this.ahead = standing.ahead();
                this.pass = settings.destination().pass();
                standing.pending().forEach(intent -> rows += intent.rows());
            }

            Position ahead() {
                return ahead;
            }

            long rows() {
                return rows;
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
                Range range = new Range(
                        Range.Order.SEQUENCE, ahead.sequence(), unit.through().value());
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
                ahead = intent.range().after(ahead);
                rows += unit.rows();
                bytes += unit.bytes();
                backlog.weighed(track.partition().dataset(), unit.rows(), unit.bytes());
            }

            /** The end of a pass is fixed with its first intent (I7). */
            void promise() {
                if (sink.marking() == Sink.Marking.PASS && !intents.isEmpty()) {
                    Range range = new Range(
                            Range.Order.SEQUENCE, intents.getFirst().range().since(), ahead.sequence());
                    shipping.drafts().add(new JournalRecord.Passing(track, range));
                }
                intents.forEach(intent -> shipping.drafts().add(new JournalRecord.Promised(intent)));
            }
        }
    }
}
