// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Every sink instance that the configuration names, over one open cache.
 *
 * <p>Nothing happens by itself: the daemon calls {@link #tick} of each every {@link #every}. Calls for different sinks
 * run side by side, two for the same one never do. A sink that cannot go on says so in its {@link SinkState} and leaves
 * the others alone.
 */
public final class Sinks implements RowHolds.Keeper, AutoCloseable {
    private static final String SINKS = "sinks";

    /** No adoption is faster, so whoever adopts later goes on above. */
    private static final long ORDINALS_PER_MILLISECOND = 2048;

    private final SinkHomes homes;
    private final RowSource rows;
    private final SinkRegister register;
    private final Reload reload;
    private final InstantSource clock;
    private final Map<String, SinkLoop> loops = new ConcurrentSkipListMap<>();

    private Sinks(SinkHomes homes, RowSource rows, SinkRegister register, Assembly assembly, InstantSource clock) {
        this.clock = clock;
        this.homes = homes;
        this.rows = rows;
        this.register = register;
        this.reload = new Reload(loops, register, homes, rows, assembly);
    }

    /**
     * Opens the sinks; resolves and makes durable where each begins in the datasets that it has not met before.
     *
     * <p>A sink whose progress is missing or damaged, or whose destination is another than its progress belongs to, is
     * open and halted.
     *
     * @param directory the sinks' own directory, created when it is missing
     * @throws IOException when the disk fails
     */
    public static Sinks open(
            Path directory, Cache cache, DurableFiles files, InstantSource clock, List<SinkSettings> settings)
            throws IOException {
        Lives lives = new Lives(cache.life(), cache::hasLived, cache::join);
        return open(directory, cache.incarnation(), lives, new CacheRows(cache), files, beside(), clock, settings);
    }

    /** Threads of their own, which end when nothing is to do: a digest would keep those busy that serve requests. */
    private static Executor beside() {
        return new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                1,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                Thread.ofPlatform().daemon().name("beside-pass").factory());
    }

    /** @param beside runs what a pass does while it makes units: reads, digests and requests */
    static Sinks open(
            Path directory,
            String incarnation,
            Lives lives,
            RowSource rows,
            DurableFiles files,
            Executor beside,
            InstantSource clock,
            List<SinkSettings> settings)
            throws IOException {
        files.createDirectories(directory);
        SinkHomes homes = new SinkHomes(directory, files);
        SinkRegister register = SinkRegister.open(homes.register(), files);
        RestoredMark restored = RestoredMark.open(directory, files);
        // durable: I19 sinks.fork.settle
        Optional<String> unsettled =
                new SinkFork(directory, files, register, rows).settle(SinkHomes.JOURNAL, clock.instant());
        for (String instance : register.removed()) {
            homes.clear(instance);
        }
        Assembly assembly = new Assembly(
                homes, incarnation, lives, rows, files, beside, clock, register, restored, unsettled.orElse(null));
        Sinks sinks = new Sinks(homes, rows, register, assembly, clock);
        for (SinkSettings one : settings) {
            sinks.loops.put(one.name(), assembly.load(one));
        }
        return sinks;
    }

    /**
     * The highest sequence that any sink, configured or not, ever promised or began at; {@link Sequence#NONE} without
     * one. A cache that opens gives out higher ones only (I2).
     *
     * @throws IOException when the disk fails
     */
    public static Sequence highestPromise(Path directory, DurableFiles files) throws IOException {
        return new SinkHomes(directory, files).highestPromise();
    }

    /**
     * Above which ordinal a cache goes on that was restored: the lost one may have given out any before it, and a
     * destination would take other rows with them for those (I6). 0 for a cache that was never lost.
     *
     * @throws IOException when the disk fails
     */
    public static long ordinalsAbove(Path directory, DurableFiles files, InstantSource clock) throws IOException {
        return RestoredMark.open(directory, files).isRestored() ? clock.millis() * ORDINALS_PER_MILLISECOND : 0;
    }

    /** The same for the cache of these sinks. */
    public long ordinalsAbove() throws IOException {
        return ordinalsAbove(homes.directory(), homes.files(), clock);
    }

    /**
     * Reads what all sinks, configured or not, have written down, and changes nothing; they may be at work.
     *
     * @throws IOException when the disk fails; what is wrong with the files is in the answer
     */
    public static SinkExamination examine(Path directory, DurableFiles files) throws IOException {
        return new SinkExamination(new SinkHomes(directory, files));
    }

    /**
     * Copies what the sinks have written down into a backup: the register first, so that it knows no sink whose journal
     * is not copied after it, and each journal before what it speaks of.
     */
    public static Cache.BackupPart backupPart(DurableFiles files) {
        return (directory, target, copies) ->
                new SinkHomes(directory.resolve(SINKS), files).copy(target.resolve(SINKS), copies);
    }

    /** Leaves word that these are the sinks of a copy which goes on beside its cache, each at or after a row. */
    public static void fork(Path directory, Sequence from, DurableFiles files) throws IOException {
        SinkFork.prepare(directory, from, files);
        RestoredMark.remove(directory, files);
    }

    /** Leaves word that these are the sinks of a cache that was lost: each asks its destination before it sends. */
    public static void restore(Path directory, DurableFiles files) throws IOException {
        SinkFork.cancel(directory, files);
        RestoredMark.write(directory, files);
    }

    /** The instances, by name. */
    public List<String> names() {
        return List.copyOf(loops.keySet());
    }

    /** Whether an instance of the name is here; a rename takes it away. */
    public boolean isLoaded(String name) {
        return loops.containsKey(name);
    }

    /** How often the sink wants its tick. */
    public Duration every(String name) {
        return loop(name).every();
    }

    /** Delivers what is due at the sink; opens nothing when nothing is, and does not wait for a pass that runs. */
    public SinkRun tick(String name) {
        return loop(name).tick();
    }

    /**
     * Delivers everything that the sink has not delivered, due or not, after waiting for a pass that runs. A sink that
     * is backing off tries at once; one that is halted tries whether the reason is gone.
     */
    public SinkRun run(String name) {
        while (true) {
            SinkLoop loop = loop(name);
            SinkRun run = loop.run();
            SinkLoop now = loops.get(name);
            if (now == loop || now == null) {
                return run;
            }
        }
    }

    /** What the pass that a sink runs now has done by now; empty when no loaded file names it any more. */
    public Optional<SinkRun> soFar(String name) {
        return Optional.ofNullable(loops.get(name)).map(SinkLoop::soFar);
    }

    /** For each sink, how often each kind of failure stopped a pass since it began. */
    public Map<String, Map<String, Long>> errors() {
        Map<String, Map<String, Long>> errors = new TreeMap<>();
        loops.forEach((name, loop) -> errors.put(name, loop.errors()));
        return errors;
    }

    /** What is true of each sink now, in the order of {@link #names}; waits for no pass. */
    public List<SinkState> states() {
        return loops.values().stream().map(SinkLoop::state).toList();
    }

    /**
     * What is true of each registered sink that no loaded file names, which keeps its hold on rows: it sends nothing until
     * its file is back. Since when its rows wait is not known.
     */
    public List<SinkState> unloaded() throws IOException {
        if (register.damage().isPresent()) {
            return List.of();
        }
        List<SinkState> states = new ArrayList<>();
        for (Registration registration : register.all()) {
            if (!loops.containsKey(registration.sink())) {
                Optional<Ledger> ledger = homes.progress(registration);
                states.add(new RegisteredSink(registration)
                        .state(ledger.orElseGet(Ledger::new), rows, register, clock)
                        .unloaded(ledger.isPresent()));
            }
        }
        return states;
    }

    /** Sends nothing from here on, also after a restart; answers the state. Twice is once. */
    public String pause(String name) throws IOException, SinkVerbException {
        return ask(name, SinkLoop::pause);
    }

    /** Sends again; answers the state. Twice is once. */
    public String resume(String name) throws IOException, SinkVerbException {
        return ask(name, SinkLoop::resume);
    }

    /** Whether somebody wants nothing sent. */
    public boolean isPaused(String name) {
        return loop(name).isPaused();
    }

    /** Makes everything due that waits now, and begins with it; answers the state. */
    public String drain(String name) throws SinkVerbException {
        SinkLoop loop = asked(name);
        String state = loop.drain();
        Thread.ofVirtual().name("drain-" + name).start(loop::run);
        return state;
    }

    /** Moves watermarks, or begins a stream beside them; durable when this returns. */
    public RewindOrder.Done rewind(String name, RewindOrder order) throws IOException, SinkVerbException {
        rows.removals().readLock().lock();
        try {
            return ask(name, loop -> loop.rewind(order));
        } finally {
            rows.removals().readLock().unlock();
        }
    }

    /**
     * Rows that are kept because the destination never took them, those after an id, in the order of their ids; fewer
     * than the limit also where they are large.
     */
    public List<DeadLetter> deadLetters(String name, long after, int limit) throws IOException, SinkVerbException {
        return asked(name).deadLetters(after, limit);
    }

    /**
     * What lies at the destination of a blob sink under names of this sink, with what is known of each.
     *
     * @param dataset only this one; null for all
     * @param partition only this one, encoded; null for all
     * @param after the {@link ObjectPage#next} of the page before; empty for the first
     * @throws IOException when the destination cannot be asked
     */
    public ObjectPage delivered(
            String name, @Nullable String dataset, @Nullable String partition, String after, int limit)
            throws IOException, SinkVerbException {
        return asked(name).delivered(known(name), dataset, partition, after, limit);
    }

    /** Sends dead letters again, on a stream of their own: these, or all that no other stream sends for no ids. */
    public Replayed replay(String name, List<Long> letters) throws IOException, SinkVerbException {
        return ask(name, loop -> loop.replay(letters));
    }

    /** Gives a dead letter up: the row and its values are gone, and count as removed. */
    public void drop(String name, long letter) throws IOException, SinkVerbException {
        ask(name, loop -> {
            loop.drop(letter);
            return letter;
        });
    }

    /**
     * Ends an instance whose file is gone: its progress and its hold. A later one of the name is another.
     *
     * @throws SinkVerbException when a loaded file names it, or nobody knows it
     */
    public synchronized void remove(String name) throws IOException, SinkVerbException {
        requireFree(name);
        Registration registration = known(name);
        register.remove(registration);
        homes.clear(registration.instance());
    }

    /**
     * Ends the hold of an instance on a dataset that it takes no more.
     *
     * @throws SinkVerbException when a loaded file says that it takes it, or nobody knows it
     */
    public synchronized void remove(String name, String dataset) throws IOException, SinkVerbException {
        Registration registration = known(name);
        SinkLoop loop = loops.get(name);
        if (loop != null && loop.takes(dataset)) {
            throw new SinkVerbException(
                    SinkVerbException.Kind.IN_USE, "the loaded file of " + name + " takes " + dataset);
        }
        if (registration.birth(dataset).isEmpty()) {
            throw new SinkVerbException(SinkVerbException.Kind.UNKNOWN, name + " holds nothing of " + dataset);
        }
        if (loop == null) {
            register.put(registration.without(dataset));
        } else {
            loop.forget(dataset, () -> register.put(known(name).without(dataset)));
        }
    }

    /**
     * Gives an instance the new name that its file has: progress, origin name and tag stay.
     *
     * <p>One that runs under its old name stops; under the new one it begins when that file is loaded.
     *
     * @throws SinkVerbException when nobody knows the old name, or the new one has progress
     */
    public synchronized void rename(String old, String name) throws IOException, SinkVerbException {
        if (!SinkSettings.isName(name)) {
            throw new SinkVerbException(SinkVerbException.Kind.BAD, "not a sink name: " + name);
        }
        known(old);
        if (register.registration(name).isPresent()) {
            throw new SinkVerbException(SinkVerbException.Kind.IN_USE, "there is a sink " + name);
        }
        SinkLoop loop = loops.get(old);
        if (loop == null) {
            register.rename(known(old), name);
            return;
        }
        if (!loop.hold()) {
            throw new SinkVerbException(
                    SinkVerbException.Kind.IN_USE,
                    "the destination of " + old + " hangs and the unit in hand cannot be ended; try again");
        }
        try {
            register.rename(known(old), name);
            loops.remove(old);
            loop.close();
        } finally {
            loop.letGo();
        }
    }

    /**
     * Makes these the sinks that run: those whose settings are the same go on undisturbed, others are stopped after the
     * unit in hand and begin anew with what they have, and what is not named stops and keeps its hold.
     *
     * <p>All or nothing: when one of them cannot be as it is wanted, nothing is changed.
     *
     * @throws IOException when the disk fails; sinks that were stopped for it run again as they were, where that can be
     */
    public synchronized SinksChange reload(List<SinkSettings> wanted) throws IOException {
        return reload.to(wanted);
    }

    @Override
    public <T> T keeping(RetentionRule rule, RowHolds.Removing<T> removing) throws IOException {
        rows.removals().writeLock().lock();
        try {
            return removing.run(ruled(rule));
        } finally {
            rows.removals().writeLock().unlock();
        }
    }

    private RuledHolds ruled(RetentionRule rule) throws IOException {
        List<String> named = rule.holdFor() == null ? List.of() : rule.holdFor();
        List<String> strangers = named.stream()
                .filter(name -> register.registration(name).isEmpty() && register.nextOrdinal(name) == 1)
                .toList();
        Map<String, SinkLoop> able = new HashMap<>();
        loops.forEach((name, loop) -> {
            if (register.registration(name).isPresent() && loop.mayPassOver()) {
                able.put(name, loop);
            }
        });
        return new RuledHolds(rule, holds(), strangers, able);
    }

    /** What registered sinks still need, also those that no file names. */
    public Holds holds() throws IOException {
        if (register.damage().isPresent()) {
            return new Holds(List.of(register.damage().get()), Map.of());
        }
        List<String> unknown = new ArrayList<>();
        Map<String, Holds.Held> held = new HashMap<>();
        for (Registration registration : register.all()) {
            SinkLoop loop = loops.get(registration.sink());
            if (loop != null) {
                held.put(registration.sink(), loop.held(registration, rows.datasets()));
                continue;
            }
            Optional<Ledger> ledger = homes.progress(registration);
            if (ledger.isPresent()) {
                List<String> awaited =
                        rows.datasets().stream().filter(registration::awaits).toList();
                held.put(registration.sink(), HeldBack.by(registration, ledger.get(), awaited));
            } else {
                unknown.add(registration.sink());
            }
        }
        return new Holds(unknown, held);
    }

    private void requireFree(String name) throws SinkVerbException {
        if (loops.containsKey(name)) {
            throw new SinkVerbException(
                    SinkVerbException.Kind.IN_USE, "a loaded file names " + name + ": remove it and reload first");
        }
    }

    private Registration known(String name) throws SinkVerbException {
        if (register.damage().isPresent()) {
            throw new SinkVerbException(
                    SinkVerbException.Kind.HALTED, register.damage().get());
        }
        return register.registration(name)
                .orElseThrow(() -> new SinkVerbException(SinkVerbException.Kind.UNKNOWN, "nobody knows " + name));
    }

    private SinkLoop asked(String name) throws SinkVerbException {
        SinkLoop loop = loops.get(name);
        if (loop == null) {
            throw new SinkVerbException(SinkVerbException.Kind.UNKNOWN, "no loaded file in sinks.d names " + name);
        }
        return loop;
    }

    /** What one sink is asked for while it delivers nothing. */
    private interface Request<T> {
        T of(SinkLoop loop) throws IOException, SinkVerbException;
    }

    /** Asks a sink; when a reload puts another loop in its place meanwhile, that one is asked. */
    private <T> T ask(String name, Request<T> request) throws IOException, SinkVerbException {
        while (true) {
            SinkLoop loop = asked(name);
            try {
                return request.of(loop);
            } catch (Gate.ClosedException e) {
                if (loops.get(name) == loop) {
                    throw e;
                }
            }
        }
    }

    private SinkLoop loop(String name) {
        SinkLoop loop = loops.get(name);
        if (loop == null) {
            throw new IllegalArgumentException("no such sink: " + name);
        }
        return loop;
    }

    /**
     * Lets each pass finish the unit in hand, all of them for the same few seconds; what was promised goes on at the
     * next open.
     */
    @Override
    public void close() throws IOException {
        List<Future<?>> closed = new ArrayList<>();
        try (ExecutorService sideBySide = Executors.newVirtualThreadPerTaskExecutor()) {
            for (SinkLoop loop : loops.values()) {
                closed.add(sideBySide.submit(() -> {
                    loop.close();
                    return null;
                }));
            }
        }
        IOException failure = new IOException("sinks did not close");
        closed.stream()
                .filter(one -> one.state() == Future.State.FAILED)
                .forEach(one -> failure.addSuppressed(one.exceptionNow()));
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }
}
