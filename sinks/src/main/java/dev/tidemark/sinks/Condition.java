// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one sink is after what its passes met: whether it goes on, waits for how long, or halts.
 *
 * <p>One thread changes it, any may read.
 */
final class Condition {
    /** What a destination may ask for at most. */
    private static final Duration ASKED_MAX = BackOff.LONGEST;

    private static final Logger LOG = LoggerFactory.getLogger(Condition.class);

    private final String sink;
    private final BackOff backOff;
    private final InstantSource clock;
    private final RandomGenerator random;

    /** How often each kind of failure stopped a pass. */
    private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

    private int failures;
    private volatile State state;
    private volatile @Nullable SinkError lastError;
    private volatile @Nullable Instant nextTry;
    private volatile @Nullable Trouble trouble;

    /** @param halt what halts the sink from the beginning; null when nothing does */
    Condition(SinkSettings settings, @Nullable SinkError halt, InstantSource clock, RandomGenerator random) {
        this.sink = settings.name();
        this.backOff = settings.backOff();
        this.clock = clock;
        this.random = random;
        this.lastError = halt;
        this.state = halt == null ? State.IDLE : State.HALTED;
        this.trouble = halt == null ? null : new Trouble(State.HALTED.word(), halt.at());
    }

    enum State {
        IDLE,
        RUNNING,
        BACKING_OFF,
        HALTED,
        PAUSED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        boolean isTrouble() {
            return this == BACKING_OFF || this == HALTED;
        }
    }

    State state() {
        return state;
    }

    Optional<SinkError> lastError() {
        return Optional.ofNullable(lastError);
    }

    /** What the last pass that ended has left it in; empty when that went through. */
    Optional<Trouble> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** When it tries again by itself; empty when it is not waiting. */
    Optional<Instant> nextTry() {
        return Optional.ofNullable(nextTry);
    }

    Map<String, Long> errors() {
        Map<String, Long> counts = new TreeMap<>();
        errors.forEach((kind, count) -> counts.put(kind, count.sum()));
        return counts;
    }

    /** Whether it tries nothing by itself now. A clock that was set back makes nobody wait longer than the longest wait. */
    boolean isWaiting() {
        Instant retry = nextTry;
        Instant now = clock.instant();
        return retry == null ? state == State.HALTED : now.isBefore(retry) && !retry.isAfter(now.plus(ASKED_MAX));
    }

    /** A pass begins; until it says how it ended, {@link #before} comes back. */
    State begin() {
        State before = state;
        state = State.RUNNING;
        return before;
    }

    void before(State before) {
        state = before;
    }

    /** A pass went through. */
    void recover() {
        if (state != State.IDLE) {
            LOG.info("recovered sink={} failures={}", sink, failures);
        }
        failures = 0;
        nextTry = null;
        lastError = null;
        trouble = null;
        state = State.IDLE;
    }

    /**
     * A pass stopped; answers how that is remembered.
     *
     * @param answer the status of the last answer, if there was one
     */
    SinkError stop(Stop stop, @Nullable Integer answer) {
        Instant now = clock.instant();
        SinkError error = new SinkError(now, stop.kind(), stop.why(), answer);
        lastError = error;
        errors.computeIfAbsent(stop.kind(), fresh -> new LongAdder()).increment();
        switch (stop) {
            case Stop.Pause pause -> {
                failures++;
                nextTry = now.plus(duration(pause.length()));
                if (state != State.BACKING_OFF) {
                    LOG.warn("backing off sink={} kind={} until={}", sink, pause.kind(), nextTry);
                }
                state = State.BACKING_OFF;
            }
            case Stop.Again again -> {
                failures++;
                nextTry = now.plus(backOff.after(failures, random));
                state = State.BACKING_OFF;
            }
            case Stop.TurnedAway turned -> {
                nextTry = now.plus(backOff.max());
                if (state != State.HALTED) {
                    LOG.error("halted sink={} kind={} until={}", sink, turned.kind(), nextTry);
                }
                state = State.HALTED;
            }
            case Stop.Halt halt -> {
                nextTry = null;
                state = State.HALTED;
                LOG.error(
                        "halted sink={} kind={}: see `tidemark status`, then `tidemark sink run {}`",
                        sink,
                        halt.kind(),
                        sink);
            }
        }
        trouble = troubleAt(now);
        return error;
    }

    /** Many tries that fail alike are one trouble. */
    private Trouble troubleAt(Instant now) {
        Trouble known = trouble;
        return known != null && known.state().equals(state.word()) ? known : new Trouble(state.word(), now);
    }

    private Duration duration(Wait wait) {
        return switch (wait) {
            case Wait.BackingOff backingOff -> backOff.after(failures, random);
            case Wait.AsAsked(Duration asked) -> asked.compareTo(ASKED_MAX) < 0 ? asked : ASKED_MAX;
            case Wait.Longest longest -> backOff.max();
        };
    }
}
