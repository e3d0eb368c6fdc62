// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
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
import java.util.OptionalLong;
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
    private final RowSource rows;
    private final Backlog backlog;
    private final Shipping shipping;
    private final Restoration restoration;
    private final DeadLetters letters;
    private final Path spills;
    private final DurableFiles files;
    private final InstantSource clock;
    private final UnitPolicy policy;
    private final Losses losses;

    /** What this open has found out and need not ask again. */
    private final Set<Track> inspected = new HashSet<>();

    private final Map<Track, List<Range>> covered = new HashMap<>();

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
        this.clock = clock;
        this.losses = new Losses(backlog, rows, shipping, journal);
        this.policy = new UnitPolicy(settings.destination().limits());
    }

    /** Delivers what the demand asks for; empty when all of it went through, or there was nothing. */
    Optional<Stop> deliver(Demand demand, BooleanSupplier stopping, Tally tally) throws IOException {
        List<Head> heads = backlog.heads();
        backlog.look(clock.instant());
        losses.reckon(heads);
        backlog.survey(heads);
        List<Target> targets = targets(heads, demand);
        if (targets.isEmpty()) {
            // A crash may have come between the last row of a replay and its end.
            endReplays();
            shipping.drafts().sync();
            return Optional.empty();
        }
        if (restoration.isOwed()) {
            restoration.settle(heads, backlog::bear);
            targets = targets(heads, demand);
        }
        files.createDirectories(spills);
        clearSpills();
        int losses = 0;
        Round round = new Round(demand, stopping, tally, clock.instant());
        try {
            Optional<Stop> stop = targets.isEmpty()
                    ? Optional.empty()
                    : shipping.claim(targets.getFirst().track().partition());
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
            letters.clear();
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
    private Optional<Stretch> nextLegacy(Target target, Standing standing) {
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

    static Refusal changed(Intent intent) {
        return new Refusal(
                "promise-changed", "the rows promised as " + intent.name() + " cannot be read as they were promised");
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

        /** Legacy rows go before those with sequences, unless some of these are promised already. */
        Optional<Stop> over(List<Target> targets) throws IOException {
            List<Stretch> legacy = ofLegacy(targets);
            Optional<Stop> stop = overAll(legacy);
            if (stop.isEmpty() && !legacy.isEmpty()) {
                stop = ship();
            }
            return stop.isPresent() || stopping.getAsBoolean() ? stop : overAll(ofSequences(targets));
        }

        /** Those of the lowest adoption that anybody has not got: one read serves all who want it. */
        private List<Stretch> ofLegacy(List<Target> targets) {
            Map<String, List<Stretch>> lowest = new LinkedHashMap<>();
            for (Target target : targets) {
                Standing standing = standing(target.track());
                Intent next = standing.next();
                Stretch stretch = nextLegacy(target, standing).orElse(null);
                if (stretch != null && (next == null || next.range().isLegacy())) {
                    List<Stretch> known = lowest.computeIfAbsent(target.dataset(), dataset -> new ArrayList<>());
                    if (!known.isEmpty() && known.getFirst().since() > stretch.since()) {
                        known.clear();
                    }
                    if (known.isEmpty() || known.getFirst().since() == stretch.since()) {
                        known.add(stretch);
                    }
                }
            }
            return lowest.values().stream().flatMap(List::stream).toList();
        }

        private List<Stretch> ofSequences(List<Target> targets) {
            List<Stretch> all = new ArrayList<>();
            for (Target target : targets) {
                Standing standing = standing(target.track());
                Intent next = standing.next();
                boolean isPromised = next != null && !next.range().isLegacy();
                boolean legacyWaits = nextLegacy(target, standing).isPresent();
                if (legacyWaits) {
                    leave(target);
                }
                boolean hasRows = standing.noted().sequence() < target.through().sequence();
                if (hasRows && (isPromised || !legacyWaits)) {
                    all.add(new Stretch(
                            target, Range.Order.SEQUENCE, 0, target.through().sequence()));
                }
            }
            return all;
        }

        private void leave(Target target) {
            if (!left.contains(target)) {
                left.add(target);
            }
        }

        private Optional<Stop> overAll(List<Stretch> stretches) throws IOException {
            Map<String, List<Stretch>> byDataset = new LinkedHashMap<>();
            Optional<Stop> stop = Optional.empty();
            for (Stretch stretch : stretches) {
                if (stretch.track().isMain() && sink.grain() == Sink.Grain.PARTITION) {
                    byDataset
                            .computeIfAbsent(stretch.target().dataset(), dataset -> new ArrayList<>())
                            .add(stretch);
                } else if (stop.isEmpty()) {
                    stop = alone(stretch);
                }
            }
            for (List<Stretch> each : byDataset.values()) {
                if (stop.isEmpty() && !stopping.getAsBoolean()) {
                    stop = each.size() == 1 ? alone(each.getFirst()) : together(each);
                }
            }
            return stop;
        }

        private Optional<Stop> alone(Stretch stretch) throws IOException {
            Range range = new Range(stretch.order(), stretch.behind(standing(stretch.track())), stretch.through());
            try (UnitCutter cutter = new UnitCutter(shipping.read(stretch.track(), range), files.disk())) {
                return cut(stretch, cutter, stretch.through());
            }
        }

        /** One read of the dataset from the lowest mark that has something new. */
        private Optional<Stop> together(List<Stretch> stretches) throws IOException {
            Map<String, Long> wanted = new HashMap<>();
            long lowest = Long.MAX_VALUE;
            long through = 0;
            for (Stretch stretch : stretches) {
                long behind = stretch.behind(standing(stretch.track()));
                wanted.put(stretch.target().partition(), behind);
                lowest = Math.min(lowest, behind);
                through = Math.max(through, stretch.through());
            }
            Stretch first = stretches.getFirst();
            Range range = new Range(first.order(), lowest, through);
            RowStream stream =
                    rows.read(Sink.Grain.DATASET, Partition.all(first.target().dataset()), range, BATCH_ROWS);
            Optional<Stop> stop = Optional.empty();
            try (Haul haul =
                    Haul.of(stream, wanted, through, Haul.Room.DEFAULT, spills.resolve("haul"), files.disk())) {
                for (Stretch stretch : stretches) {
                    if (stop.isPresent() || stopping.getAsBoolean()) {
                        break;
                    }
                    long end = Math.min(haul.reached(), stretch.through());
                    try (UnitCutter cutter =
                            new UnitCutter(haul.rows(stretch.target().partition()), files.disk())) {
                        stop = cut(stretch, cutter, end);
                    }
                    if (end < stretch.through()) {
                        leave(stretch.target());
                    }
                }
            }
            return stop;
        }

        private Optional<Stop> cut(Stretch stretch, UnitCutter cutter, long end) throws IOException {
            Track track = stretch.track();
            if (stretch.order() == Range.Order.SEQUENCE && restoration.isLate(track)) {
                OptionalLong first = cutter.next();
                if (first.isPresent()) {
                    restoration.settle(track, first.getAsLong(), backlog::bear);
                }
            }
            Standing standing = standing(track);
            Optional<Stop> stop = inspect(track, standing);
            if (stop.isPresent()) {
                return stop;
            }
            backlog.bear(stretch.target().dataset());
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
            return stop.isPresent() ? stop : anew(stretch, cutter, end);
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
                return Optional.of(new Stop.Halt(changed(intent)));
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

        private Optional<Stop> anew(Stretch stretch, UnitCutter cutter, long end) throws IOException {
            Track track = stretch.track();
            while (!stopping.getAsBoolean()) {
                Optional<Stop> stop = skipCovered(stretch, cutter, end);
                if (stop.isPresent()) {
                    return stop;
                }
                Run run = new Run(stretch, standing(track));
                long until = firstCovered(stretch, run.ahead(), end);
                boolean isMore = fill(run, stretch, cutter, until);
                run.promise();
                if (wave.isFull()) {
                    stop = ship();
                }
                if (stop.isPresent()) {
                    return stop;
                }
                if (isMore && sink.marking() == Sink.Marking.PASS) {
                    // A track has one pass at a time; the next one begins when this one is noted.
                    leave(stretch.target());
                    return Optional.empty();
                }
                if (!isMore && (until == end || run.isEmpty())) {
                    if (stretch.order() == Range.Order.SEQUENCE) {
                        finish(stretch.target(), cutter, end);
                    }
                    return Optional.empty();
                }
            }
            return Optional.empty();
        }

        /** Takes units of what is due, as many as a wave and a pass have room for; false when there is no more. */
        private boolean fill(Run run, Stretch stretch, UnitCutter cutter, long until) throws IOException {
            while (!wave.isFull() && !run.isFull()) {
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
            Target target = stretch.target();
            // Nothing ever joins the rows of an adoption, so the last of them do not wait.
            if (!target.track().isMain() || demand == Demand.ALL || stretch.order() == Range.Order.LEGACY) {
                return true;
            }
            long waiting = backlog.waitingRows(target.head(), run.standing) - run.rows();
            if (policy.isDueByRows(waiting)) {
                return true;
            }
            Waiting known = backlog.waiting(target.head(), standing(target.track()));
            long bytes = known.rows() == 0 ? 0 : known.bytes() * waiting / known.rows();
            Instant first = cutter.nextTime().orElseThrow();
            return policy.isDue(new Waiting(waiting, bytes, first), clock.instant());
        }

        /** Remembers what was found out about the rows that stay. */
        private void finish(Target target, UnitCutter cutter, long end) throws IOException {
            Track track = target.track();
            Sequence ahead = new Sequence(standing(track).ahead().sequence());
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
        private Optional<Stop> skipCovered(Stretch stretch, UnitCutter cutter, long end) throws IOException {
            Track track = stretch.track();
            for (Range range : covered(track)) {
                long ahead = stretch.after(standing(track));
                if (range.order() != stretch.order() || range.through() <= ahead) {
                    continue;
                }
                OptionalLong next = cutter.next();
                if (next.isEmpty() || next.getAsLong() <= range.since()) {
                    break;
                }
                if (!standing(track).pending().isEmpty()) {
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
            for (Range range : covered(stretch.track())) {
                if (range.order() == stretch.order() && range.since() > ahead) {
                    until = Math.min(until, range.since());
                }
            }
            return until;
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
            private final Range.Order order;
            private final Standing standing;
            private final PassLimits pass;
            private final List<Unit> units = new ArrayList<>();
            private final List<Intent> intents = new ArrayList<>();
            private long ahead;
            private long rows;
            private long bytes;

            Run(Stretch stretch, Standing standing) {
                this.track = stretch.track();
                this.order = stretch.order();
                this.standing = standing;
                this.ahead = stretch.after(standing);
                this.pass = settings.destination().pass();
                standing.pending().forEach(intent -> rows += intent.rows());
            }

            long ahead() {
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
}
