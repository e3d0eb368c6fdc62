// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One sink instance at work: one pass at a time, and after a failure the same pass again, later or when somebody asks.
 *
 * <p>This is the only layer that tries again. A failure to reach the destination waits, longer each time; a refusal
 * halts the sink durably, until {@link #run}.
 */
final class SinkLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SinkLoop.class);
    /** How long a unit under way may take to end by itself, and then how long it may take to be ended. */
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(3);

    private static final Duration CLOSE_WAIT_MAX = Duration.ofSeconds(2);

    /** What a destination may ask for at most. */
    private static final Duration ASKED_MAX = BackOff.LONGEST;

    private final SinkSettings settings;
    private final Sink sink;
    private final SinkJournal journal;
    private final Accounts accounts;
    private final SinkPass pass;
    private final Rewinder rewinder;
    private final DeadLetters letters;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final @Nullable SinkError obstacle;

    /** Held during a pass; guards the journal, {@link #pass} and {@link #failures}. It is there for the I/O. */
    private final ReentrantLock passing = new ReentrantLock();

    /** How often each kind of failure stopped a pass. */
    private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

    private int failures;
    private volatile State state;
    private volatile @Nullable SinkError lastError;
    private volatile @Nullable Instant nextTry;
    private volatile @Nullable Instant nextHour;
    private volatile boolean closing;
    private volatile boolean yielding;
    private volatile boolean draining;

    /** Whether the last pass was asked to stop before it had done everything. */
    private volatile boolean interrupted;

    /**
     * Starts nothing: the daemon ticks.
     *
     * @param obstacle what keeps this sink halted as long as the daemon runs, if anything does
     */
    SinkLoop(
            SinkSettings settings,
            Sink sink,
            SinkJournal journal,
            Backlog backlog,
            Shipping shipping,
            SinkPass pass,
            Rewinder rewinder,
            DeadLetters letters,
            InstantSource clock,
            RandomGenerator random,
            @Nullable SinkError obstacle) {
        this.settings = settings;
        this.sink = sink;
        this.journal = journal;
        this.accounts = new Accounts(journal.ledger(), backlog, shipping::attempts, clock);
        this.pass = pass;
        this.rewinder = rewinder;
        this.letters = letters;
        this.clock = clock;
        this.random = random;
        this.obstacle = obstacle;
        this.nextHour = settings.cron() == null ? null : settings.cron().after(clock.instant());
        this.lastError = obstacle != null ? obstacle : journal.ledger().halt().orElse(null);
        this.state = lastError == null ? State.IDLE : State.HALTED;
    }

    private enum State {
        IDLE,
        RUNNING,
        BACKING_OFF,
        HALTED,
        PAUSED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    SinkSettings settings() {
        return settings;
    }

    /** Somebody asked something of a loop that was closed meanwhile. */
    static final class ClosedException extends IOException {
        private static final long serialVersionUID = 1L;

        ClosedException(String sink) {
            super(sink + " was stopped meanwhile");
        }
    }

    /** What the loop in whose place this one comes was asked for and had not done. */
    void takeOver(SinkLoop before) {
        draining = before.draining;
        interrupted = before.interrupted;
    }

    Map<String, Long> errors() {
        Map<String, Long> counts = new TreeMap<>();
        errors.forEach((kind, count) -> counts.put(kind, count.sum()));
        return counts;
    }

    Duration every() {
        return settings.every();
    }

    /** Delivers what is due; nothing while another pass runs, while backing off, or when halted. */
    SinkRun tick() {
        if (!passing.tryLock()) {
            return answer(State.RUNNING, new Tally());
        }
        try {
            boolean waits = (state == State.HALTED && nextTry == null) || isBackingOff() || isBeforeItsTime();
            return waits || closing || isPaused()
                    ? answer(shown(), new Tally())
                    : pass(draining ? Demand.ALL : Demand.DUE);
        } finally {
            passing.unlock();
        }
    }

    /** A sink that has hours goes on outside them only with what it could not do in them. */
    private boolean isBeforeItsTime() {
        Cron cron = settings.cron();
        Instant next = nextHour;
        if (cron == null || next == null || draining || interrupted || state != State.IDLE) {
            return false;
        }
        Instant now = clock.instant();
        boolean isBefore = now.isBefore(next);
        if (!isBefore || next.isAfter(cron.after(now))) {
            nextHour = cron.after(now);
        }
        return isBefore;
    }

    /** A clock that was set back makes nobody wait for longer than the longest wait. */
    private boolean isBackingOff() {
        Instant retry = nextTry;
        Instant now = clock.instant();
        return retry != null && now.isBefore(retry) && !retry.isAfter(now.plus(ASKED_MAX));
    }

    /** Delivers everything that is there, also when backing off or halted; waits for a pass that runs. */
    SinkRun run() {
        passing.lock();
        try {
            if (obstacle != null || closing || isPaused()) {
                return answer(shown(), new Tally());
            }
            return pass(Demand.ALL);
        } finally {
            passing.unlock();
        }
    }

    boolean isPaused() {
        return journal.ledger().isPaused();
    }

    private State shown() {
        return isPaused() && state != State.HALTED ? State.PAUSED : state;
    }

    /** Sends nothing from here on, also after a restart; the unit in hand ends first. */
    String pause() throws IOException {
        alone();
        try {
            if (obstacle == null && !isPaused()) {
                // durable: I7 sink.pause.append
                journal.append(List.of(new JournalRecord.Paused(clock.instant())));
                LOG.info("paused sink={}", settings.name());
            }
            return shown().word();
        } finally {
            passing.unlock();
        }
    }

    /** Sends again. */
    String resume() throws IOException {
        alone();
        try {
            if (obstacle == null && isPaused()) {
                journal.append(List.of(new JournalRecord.Unpaused(clock.instant())));
                LOG.info("resumed sink={}", settings.name());
            }
            return shown().word();
        } finally {
            passing.unlock();
        }
    }

    /** Makes everything due that waits now; the next ticks deliver it. */
    String drain() throws SinkVerbException {
        requireFit();
        if (isPaused()) {
            throw new SinkVerbException(
                    SinkVerbException.Kind.PAUSED,
                    settings.name() + " is paused: tidemark sink resume " + settings.name());
        }
        draining = true;
        return shown().word();
    }

    RewindOrder.Done rewind(RewindOrder order) throws IOException, SinkVerbException {
        requireFit();
        alone();
        try {
            RewindOrder.Done done = rewinder.rewind(order);
            pass.forgetFindings();
            LOG.info("rewound sink={} stream={} from={}", settings.name(), done.stream(), done.fromSequence());
            return done;
        } finally {
            passing.unlock();
        }
    }

    List<DeadLetter> deadLetters(long after, int limit) throws IOException {
        return letters.page(after, limit);
    }

    ObjectPage delivered(
            Registration known, @Nullable String dataset, @Nullable String partition, String after, int limit)
            throws IOException, SinkVerbException {
        requireFit();
        if (!sink.keepsObjects()) {
            throw new SinkVerbException(
                    SinkVerbException.Kind.BAD,
                    settings.name() + " is of type " + sink.type()
                            + ", which leaves no objects of its own: only a blob sink has receipts");
        }
        return new DeliveredObjects(sink, journal.ledger().standings().keySet(), known.streams())
                .page(dataset, partition, after, limit);
    }

    Replayed replay(List<Long> ids) throws IOException, SinkVerbException {
        requireFit();
        alone();
        try {
            Replayed replayed = rewinder.replay(ids);
            LOG.info("replayed sink={} stream={} letters={}", settings.name(), replayed.stream(), replayed.rows());
            return replayed;
        } finally {
            passing.unlock();
        }
    }

    void drop(long id) throws IOException, SinkVerbException {
        requireFit();
        alone();
        try {
            if (journal.ledger().letters().letter(id).isEmpty()) {
                throw new SinkVerbException(
                        SinkVerbException.Kind.NOT_FOUND, settings.name() + " has no dead letter " + id);
            }
            for (Replay replay : journal.ledger().replays()) {
                if (replay.sends(id)) {
                    throw new SinkVerbException(
                            SinkVerbException.Kind.BAD, "dead letter " + id + " is on its way as " + replay.stream());
                }
            }
            // durable: I14 letters.drop.append
            journal.append(List.of(new JournalRecord.Dropped(List.of(id))));
            letters.clear();
            LOG.info("dropped sink={} letter={}", settings.name(), id);
        } finally {
            passing.unlock();
        }
    }

    /** Whether rows can be taken from before it. */
    boolean mayPassOver() {
        return obstacle == null
                && sink.rewinding() != Sink.Rewinding.REFUSED
                && journal.ledger().replays().isEmpty();
    }

    /** Passes over the rows of a dataset through a sequence that it lacks; they are counted as removed. */
    void passOver(String dataset, Sequence through) throws IOException {
        alone();
        try {
            long rows = rewinder.passOver(dataset, through);
            if (rows > 0) {
                pass.forgetFindings();
                LOG.warn(
                        "passed over rows that are removed sink={} dataset={} rows={} through={}",
                        settings.name(),
                        dataset,
                        rows,
                        through);
            }
        } finally {
            passing.unlock();
        }
    }

    private void requireFit() throws SinkVerbException {
        if (obstacle != null) {
            throw new SinkVerbException(SinkVerbException.Kind.HALTED, obstacle.kind() + ": " + obstacle.message());
        }
    }

    Ledger ledger() {
        return journal.ledger();
    }

    boolean takes(String dataset) {
        return settings.takes(dataset);
    }

    /** What ends the hold on a dataset. */
    interface Release {
        void run() throws IOException, SinkVerbException;
    }

    /** The register holds nothing of the dataset any more, and then neither does the journal; no pass is in between. */
    void forget(String dataset, Release release) throws IOException, SinkVerbException {
        alone();
        try {
            release.run();
            journal.append(List.of(new JournalRecord.Forgotten(dataset)));
        } finally {
            passing.unlock();
        }
    }

    /** Where every partition of this sink stands: the lowest of its streams. */
    Holds.Held held(Registration registration, List<String> datasets) {
        return held(
                registration,
                journal.ledger(),
                datasets.stream().filter(settings::takes).toList());
    }

    /** @param taken datasets that it takes; what was not met yet is begun at its first row */
    static Holds.Held held(Registration registration, Ledger ledger, List<String> taken) {
        Holds.Held held = held(registration, ledger);
        Map<String, Position> births = new HashMap<>(held.births());
        taken.forEach(dataset -> births.putIfAbsent(dataset, Position.START));
        return new Holds.Held(births, held.partitions());
    }

    private static Holds.Held held(Registration registration, Ledger ledger) {
        Map<String, Position> births = new HashMap<>();
        Map<Partition, Position> partitions = new HashMap<>();
        for (Birth birth : registration.births()) {
            births.put(birth.dataset(), new Position(birth.legacy(), birth.sequence()));
            birth.partitions()
                    .forEach((name, before) -> partitions.put(
                            new Partition(birth.dataset(), name), new Position(birth.legacy(), before.sequence())));
        }
        ledger.standings().forEach((track, standing) -> {
            if (track.isMain()) {
                partitions.put(track.partition(), standing.mark().position());
                if (registration.type().equals("iceberg")) {
                    // It has one mark for the whole dataset.
                    births.put(track.partition().dataset(), standing.mark().position());
                }
            }
        });
        for (Replay replay : ledger.replays()) {
            // Dead letters are kept with their values.
            for (Replay.Leg leg : replay.isOfLetters() ? List.<Replay.Leg>of() : replay.legs()) {
                births.merge(leg.dataset(), leg.from(), SinkLoop::lower);
                partitions.replaceAll((partition, stands) -> {
                    Standing standing = ledger.standing(new Track(replay.stream(), partition))
                            .orElse(null);
                    Position at =
                            standing == null ? leg.from() : standing.mark().position();
                    return leg.takes(partition) ? lower(stands, at) : stands;
                });
            }
        }
        return new Holds.Held(births, partitions);
    }

    private static Position lower(Position one, Position other) {
        return new Position(Math.min(one.legacy(), other.legacy()), Math.min(one.sequence(), other.sequence()));
    }

    /** Waits for a pass to end after the unit in hand, which is cut short when it takes too long. */
    private void alone() throws IOException {
        yielding = true;
        try {
            if (!passing.tryLock(CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                sink.cancel();
                passing.lock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while " + settings.name() + " was asked to hold on");
        } finally {
            yielding = false;
        }
        if (closing) {
            passing.unlock();
            throw new ClosedException(settings.name());
        }
    }

    /**
     * Stops passes, for this thread until {@link #letGo}; the unit in hand ends first, or is cut short.
     *
     * @return false when it could not be ended in the time that there is
     */
    boolean hold() throws IOException {
        yielding = true;
        try {
            if (passing.tryLock(CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                return true;
            }
            sink.cancel();
            return passing.tryLock(CLOSE_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while " + settings.name() + " was asked to hold on");
        } finally {
            yielding = false;
        }
    }

    /** Lets passes go on that {@link #hold} stopped. */
    void letGo() {
        passing.unlock();
    }

    private SinkRun pass(Demand demand) {
        State before = state;
        Tally tally = new Tally();
        state = State.RUNNING;
        Optional<Stop> stop;
        try {
            if (before == State.HALTED) {
                journal.append(List.of(new JournalRecord.Resumed(clock.instant())));
            }
            stop = pass.deliver(demand, this::isStopping, tally);
        } catch (IOException | UncheckedIOException e) {
            stop = Optional.of(new Stop.Pause("io", e.toString()));
        } catch (RuntimeException e) {
            // Nothing counts that is not in the journal, so the same pass again is safe, and status says why it waits.
            LOG.error("pass failed sink={}", settings.name(), e);
            stop = Optional.of(new Stop.Pause("fault", e.toString()));
        } finally {
            state = before;
        }
        if (tally.units() > 0) {
            LOG.info(
                    "delivered sink={} units={} rows={} bytes={}",
                    settings.name(),
                    tally.units(),
                    tally.rows(),
                    tally.bytes());
        }
        stop.ifPresentOrElse(this::stop, this::recover);
        return answer(state, tally);
    }

    private boolean isStopping() {
        return closing || yielding || Thread.currentThread().isInterrupted();
    }

    private void recover() {
        if (state != State.IDLE) {
            LOG.info("recovered sink={} failures={}", settings.name(), failures);
        }
        failures = 0;
        nextTry = null;
        lastError = null;
        interrupted = isStopping();
        draining &= interrupted;
        state = State.IDLE;
    }

    private void stop(Stop stop) {
        Instant now = clock.instant();
        SinkError error =
                new SinkError(now, stop.kind(), stop.why(), sink.lastAnswer().orElse(null));
        lastError = error;
        errors.computeIfAbsent(stop.kind(), fresh -> new LongAdder()).increment();
        switch (stop) {
            case Stop.Pause pause -> {
                failures++;
                nextTry = now.plus(duration(pause.length()));
                if (state != State.BACKING_OFF) {
                    LOG.warn("backing off sink={} kind={} until={}", settings.name(), pause.kind(), nextTry);
                }
                state = State.BACKING_OFF;
            }
            case Stop.Again again -> {
                failures++;
                nextTry = now.plus(settings.backOff().after(failures, random));
                state = State.BACKING_OFF;
            }
            case Stop.TurnedAway turned -> {
                nextTry = now.plus(settings.backOff().max());
                if (state != State.HALTED) {
                    LOG.error("halted sink={} kind={} until={}", settings.name(), turned.kind(), nextTry);
                }
                state = State.HALTED;
            }
            case Stop.Halt halt -> {
                nextTry = null;
                state = State.HALTED;
                LOG.error(
                        "halted sink={} kind={}: see `tidemark status`, then `tidemark sink run {}`",
                        settings.name(),
                        halt.kind(),
                        settings.name());
                remember(error);
            }
        }
    }

    private Duration duration(Wait wait) {
        return switch (wait) {
            case Wait.BackingOff backingOff -> settings.backOff().after(failures, random);
            case Wait.AsAsked(Duration asked) -> asked.compareTo(ASKED_MAX) < 0 ? asked : ASKED_MAX;
            case Wait.Longest longest -> settings.backOff().max();
        };
    }

    /** A halt that cannot be written down is found again by the first pass after a restart. */
    private void remember(SinkError error) {
        try {
            journal.append(List.of(new JournalRecord.Halted(error)));
        } catch (IOException e) {
            LOG.warn(
                    "halt not written down sink={} cause={}",
                    settings.name(),
                    e.getClass().getName());
        }
    }

    private SinkRun answer(State now, Tally tally) {
        SinkError error = now == State.HALTED || now == State.BACKING_OFF ? lastError : null;
        return new SinkRun(
                settings.name(),
                now.word(),
                tally.units(),
                tally.rows(),
                tally.bytes(),
                tally.deadLetters(),
                error == null ? null : error.kind(),
                error == null ? null : error.message());
    }

    /** What is true now; never waits for a pass. */
    SinkState state() {
        return accounts.state(
                settings.name(),
                sink.type(),
                sink.dialect().orElse(null),
                shown().word(),
                lastError,
                nextTry == null ? nextHour : nextTry);
    }

    /** Lets a pass finish the unit in hand; one that hangs at its destination is left to the end of the process. */
    @Override
    public void close() throws IOException {
        closing = true;
        boolean alone = false;
        try {
            alone = passing.tryLock(CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS);
            if (!alone) {
                sink.cancel();
                alone = passing.tryLock(CLOSE_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (alone) {
            try (sink) {
                journal.close();
            } finally {
                passing.unlock();
            }
        }
    }
}
