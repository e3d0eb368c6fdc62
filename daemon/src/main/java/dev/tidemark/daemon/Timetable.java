// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.daemon.status.Status.TimetableEntry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that happens by time: named tasks, each with a period, none ever overlapping itself.
 *
 * <p>A task runs on a virtual thread of its own, so a slow one delays nobody. Its period counts from start to start; a
 * run that took longer is followed at once by the next. A task that fails runs again when it is due; an {@link Error}
 * is not survived but handed to {@code fatal}.
 */
final class Timetable implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Timetable.class);
    /** What a task returns when there is nothing to say. */
    static final String OK = "ok";

    /** The clock may be set, so nobody waits for a time of day for longer than this. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    /** How long {@link #awaitIdle} waits for tasks in hand; a crash at any step of theirs is safe. */
    private static final Duration IDLE_PATIENCE = Duration.ofSeconds(2);

    /** It turns every second. */
    private static final Duration HANG = Duration.ofSeconds(20);

    private final InstantSource clock;
    private final Consumer<Throwable> fatal;

    /** Guards what follows and the fields of each entry; no task runs while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private final List<Entry> entries = new ArrayList<>();
    private boolean closed;
    private volatile boolean started;
    private volatile long turned;

    /** Work that is done each time; what it returns is shown as the entry's last result. */
    @FunctionalInterface
    interface Task {
        String run() throws Exception;
    }

    Timetable(InstantSource clock, Consumer<Throwable> fatal) {
        this.clock = clock;
        this.fatal = fatal;
    }

    /** Adds an entry that is due at once. */
    void add(String name, Duration period, Task task) {
        add(name, period, () -> true, task);
    }

    /** Adds an entry that is due at once, and goes when it is no longer wanted. */
    void add(String name, Duration period, BooleanSupplier wanted, Task task) {
        lock.lock();
        try {
            entries.add(new Entry(name, period, wanted, task, clock.instant()));
        } finally {
            lock.unlock();
        }
    }

    /** Puts an entry in the place of those that have its name; it is due at once. A run in hand ends by itself. */
    void replace(String name, Duration period, BooleanSupplier wanted, Task task) {
        lock.lock();
        try {
            entries.removeIf(entry -> entry.name.equals(name));
            add(name, period, wanted, task);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What of the timetable hangs: its own turns, or a task that never takes long; no task at a destination is. */
    Optional<String> hang() {
        Duration silent = Duration.ofNanos(System.nanoTime() - turned);
        return started && silent.compareTo(HANG) > 0
                ? Optional.of("the timetable has not turned for " + silent.toSeconds() + " s")
                : Optional.empty();
    }

    /** Whether the entry of the name has that period. */
    boolean isEvery(String name, Duration period) {
        lock.lock();
        try {
            return entries.stream().anyMatch(entry -> entry.name.equals(name) && entry.period.equals(period));
        } finally {
            lock.unlock();
        }
    }

    /** From here on entries run when they are due. */
    void start() {
        turned = System.nanoTime();
        started = true;
        Thread.ofVirtual().name("timetable").start(this::keep);
    }

    List<TimetableEntry> entries() {
        lock.lock();
        try {
            return entries.stream()
                    .filter(entry -> entry.wanted.getAsBoolean())
                    .map(Entry::shown)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    private void keep() {
        lock.lock();
        try {
            while (!closed) {
                turned = System.nanoTime();
                Duration idle = startDue();
                changed.awaitNanos(idle.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            fatal.accept(e);
        } finally {
            lock.unlock();
        }
    }

    /** Starts what is due now; how long there is nothing to do, unless something changes. */
    Duration startDue() {
        lock.lock();
        try {
            Instant now = clock.instant();
            Duration idle = LOOK_AGAIN;
            entries.removeIf(entry -> !entry.running && !entry.wanted.getAsBoolean());
            for (Entry entry : entries) {
                entry.mindClockSetBack(now);
                if (entry.running || closed) {
                    continue;
                }
                if (entry.next.isAfter(now)) {
                    Duration left = Duration.between(now, entry.next);
                    idle = left.compareTo(idle) < 0 ? left : idle;
                } else {
                    entry.running = true;
                    entry.lastRun = now;
                    entry.next = now.plus(entry.period);
                    Thread.ofVirtual().name(entry.name).start(() -> run(entry));
                }
            }
            return idle;
        } finally {
            lock.unlock();
        }
    }

    private void run(Entry entry) {
        String result;
        try {
            result = entry.task.run();
        } catch (Error e) {
            fatal.accept(e);
            throw e;
        } catch (Exception e) {
            result = "failed: " + FailureText.of(e);
            if (!result.equals(entry.lastResult)) {
                LOG.warn("task failed name={} why={}", entry.name, result);
                LOG.debug("task failed", e);
            }
        }
        lock.lock();
        try {
            entry.finished(result);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** From here on nothing is started. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits a little for the tasks in hand after {@link #close}. */
    void awaitIdle() {
        lock.lock();
        try {
            long left = IDLE_PATIENCE.toNanos();
            while (left > 0 && entries.stream().anyMatch(entry -> entry.running)) {
                left = changed.awaitNanos(left);
            }
            entries.stream()
                    .filter(entry -> entry.running)
                    .forEach(entry -> LOG.warn("task left behind name={} since={}", entry.name, entry.lastRun));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private static final class Entry {
        private final String name;
        private final Duration period;
        private final BooleanSupplier wanted;
        private final Task task;
        private boolean running;
        private Instant next;
        private @Nullable Instant lastRun;
        private @Nullable Instant failingSince;
        private volatile @Nullable String lastResult;

        Entry(String name, Duration period, BooleanSupplier wanted, Task task, Instant next) {
            this.name = name;
            this.period = period;
            this.wanted = wanted;
            this.task = task;
            this.next = next;
        }

        void mindClockSetBack(Instant now) {
            Instant latest = now.plus(period);
            if (next.isAfter(latest)) {
                next = latest;
            }
        }

        void finished(String result) {
            if (result.equals(OK) && lastResult != null && !lastResult.equals(OK)) {
                LOG.info("task recovered name={}", name);
            }
            running = false;
            lastResult = result;
            failingSince = result.equals(OK) ? null : failingSince == null ? lastRun : failingSince;
        }

        TimetableEntry shown() {
            return new TimetableEntry(name, lastRun, lastResult, next, failingSince);
        }
    }
}
