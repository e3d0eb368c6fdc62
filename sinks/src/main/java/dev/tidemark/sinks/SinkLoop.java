// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Sequence;
import dev.tidemark.sinks.Condition.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    private final SinkSettings settings;
    private final Sink sink;
    private final SinkJournal journal;
    private final Accounts accounts;
    private final SinkPass pass;
    private final Rewinder rewinder;
    private final DeadLetters letters;
    private final InstantSource clock;
    private final Condition condition;
    private final @Nullable SinkError obstacle;

    /** Entered for a pass; guards the journal, {@link #pass} and what changes the {@link #condition}. */
    private final Gate gate;

    private volatile @Nullable Instant nextHour;
    private volatile @Nullable Running running;
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
        this.obstacle = obstacle;
        this.gate = new Gate(settings.name(), sink::cancel);
        this.nextHour = settings.cron() == null ? null : settings.cron().after(clock.instant());
        SinkError halt = obstacle != null ? obstacle : journal.ledger().halt().orElse(null);
        this.condition = new Condition(settings, halt, clock, random);
    }

    /** A pass that is under way. */
    private record Running(Instant since, Tally tally) {}

    SinkSettings settings() {
        return settings;
    }

    /** What the loop in whose place this one comes was asked for and had not done. */
    void takeOver(SinkLoop before) {
        draining = before.draining;
        interrupted = before.interrupted;
    }

    Map<String, Long> errors() {
        return condition.errors();
    }

    Duration every() {
        return settings.every();
    }

    /** Delivers what is due; nothing while another pass runs, while backing off, or when halted. */
    SinkRun tick() {
        if (!gate.tryEnter()) {
            return answer(State.RUNNING, new Tally());
        }
        try {
            return condition.isWaiting() || isBeforeItsTime() || gate.isClosed() || isPaused()
                    ? answer(shown(), new Tally())
                    : pass(draining ? Demand.ALL : Demand.DUE);
        } finally {
            gate.leave();
        }
    }

    /** A sink that has hours goes on outside them only with what it could not do in them. */
    private boolean isBeforeItsTime() {
        Cron cron = settings.cron();
        Instant next = nextHour;
        if (cron == null || next == null || draining || interrupted || condition.state() != State.IDLE) {
            return false;
        }
        Instant now = clock.instant();
        boolean isBefore = now.isBefore(next);
        if (!isBefore || next.isAfter(cron.after(now))) {
            nextHour = cron.after(now);
        }
        return isBefore;
    }

    /** Delivers everything that is there, also when backing off or halted; waits for a pass that runs. */
    SinkRun run() {
        gate.enter();
        try {
            if (obstacle != null || gate.isClosed() || isPaused()) {
                return answer(shown(), new Tally());
            }
            return pass(Demand.ALL);
        } finally {
            gate.leave();
        }
    }

    boolean isPaused() {
        return journal.ledger().isPaused();
    }

    private State shown() {
        State state = condition.state();
        return isPaused() && state != State.HALTED ? State.PAUSED : state;
    }

    /** Sends nothing from here on, also after a restart; the unit in hand ends first. */
    String pause() throws IOException {
        gate.enterAhead();
        try {
            if (obstacle == null && !isPaused()) {
                // durable: I7 sink.pause.append
                journal.append(List.of(new JournalRecord.Paused(clock.instant())));
                LOG.info("paused sink={}", settings.name());
            }
            return shown().word();
        } finally {
            gate.leave();
        }
    }

    /** Sends again. */
    String resume() throws IOException {
        gate.enterAhead();
        try {
            if (obstacle == null && isPaused()) {
                journal.append(List.of(new JournalRecord.Unpaused(clock.instant())));
                LOG.info("resumed sink={}", settings.name());
            }
            return shown().word();
        } finally {
            gate.leave();
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
        gate.enterAhead();
        try {
            RewindOrder.Done done = rewinder.rewind(order);
            pass.forgetFindings();
            LOG.info("rewound sink={} stream={} from={}", settings.name(), done.stream(), done.fromSequence());
            return done;
        } finally {
            gate.leave();
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
        gate.enterAhead();
        try {
            Replayed replayed = rewinder.replay(ids);
            if (replayed.rows() > 0) {
                LOG.info("replayed sink={} stream={} letters={}", settings.name(), replayed.stream(), replayed.rows());
            }
            return replayed;
        } finally {
            gate.leave();
        }
    }

    void drop(long id) throws IOException, SinkVerbException {
        requireFit();
        gate.enterAhead();
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
            gate.leave();
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
        gate.enterAhead();
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
            gate.leave();
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
        gate.enterAhead();
        try {
            release.run();
            journal.append(List.of(new JournalRecord.Forgotten(dataset)));
        } finally {
            gate.leave();
        }
    }

    /** What this sink still needs of those datasets that it takes. */
    Holds.Held held(Registration registration, List<String> datasets) {
        return HeldBack.by(
                registration,
                journal.ledger(),
                datasets.stream().filter(settings::takes).toList());
    }

    /**
     * Stops passes, for this thread until {@link #letGo}; the unit in hand ends first, or is cut short.
     *
     * @return false when it could not be ended in the time that there is
     */
    boolean hold() throws IOException {
        return gate.hold();
    }

    /** Lets passes go on that {@link #hold} stopped. */
    void letGo() {
        gate.leave();
    }

    private SinkRun pass(Demand demand) {
        Tally tally = new Tally();
        State before = condition.begin();
        running = new Running(clock.instant(), tally);
        Optional<Stop> stop;
        try {
            if (before == State.HALTED) {
                journal.append(List.of(new JournalRecord.Resumed(clock.instant())));
            }
            stop = pass.deliver(demand, gate::isWanted, tally);
        } catch (IOException | UncheckedIOException e) {
            stop = Optional.of(new Stop.Pause("io", e.toString()));
        } catch (RuntimeException e) {
            // Nothing counts that is not in the journal, so the same pass again is safe, and status says why it waits.
            LOG.error("pass failed sink={}", settings.name(), e);
            stop = Optional.of(new Stop.Pause("fault", e.toString()));
        } finally {
            running = null;
            condition.before(before);
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
        return answer(condition.state(), tally);
    }

    private void recover() {
        condition.recover();
        interrupted = gate.isWanted();
        draining &= interrupted;
    }

    private void stop(Stop stop) {
        SinkError error = condition.stop(stop, sink.lastAnswer().orElse(null));
        if (stop instanceof Stop.Halt) {
            remember(error);
        }
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
        SinkError error = now.isTrouble() ? condition.lastError().orElse(null) : null;
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

    /** What the pass that runs now has done by now; never waits for it. */
    SinkRun soFar() {
        Running now = running;
        return answer(shown(), now == null ? new Tally() : now.tally());
    }

    /** What is true now; never waits for a pass. */
    SinkState state() {
        Running now = running;
        SinkState state = accounts.state(
                settings.name(),
                sink.type(),
                sink.dialect().orElse(null),
                shown().word(),
                condition.lastError().orElse(null),
                shown() == State.PAUSED ? null : condition.trouble().orElse(null),
                condition.nextTry().orElse(nextHour));
        return now == null
                ? state
                : state.during(
                        PassProgress.of(now.since(), clock.instant(), now.tally(), state.lagRows(), state.lagBytes()));
    }

    /** Lets a pass finish the unit in hand; one that hangs at its destination is left to the end of the process. */
    @Override
    public void close() throws IOException {
        if (gate.close()) {
            try (sink) {
                journal.close();
            } finally {
                gate.leave();
            }
        }
    }
}
