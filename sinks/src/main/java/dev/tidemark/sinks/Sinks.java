// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.StateException;
import dev.tidemark.sinks.blob.BlobSink;
import dev.tidemark.sinks.blob.directory.DirectoryStore;
import dev.tidemark.sinks.blob.s3.S3Store;
import dev.tidemark.sinks.encoding.ObjectFormat;
import dev.tidemark.sinks.forward.ForwardSink;
import dev.tidemark.sinks.iceberg.IcebergSink;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Every sink instance that the configuration names, over one open cache.
 *
 * <p>Nothing happens by itself: the daemon calls {@link #tick} of each every {@link #every}. Calls for different sinks
 * run side by side, two for the same one never do. A sink that cannot go on says so in its {@link SinkState} and leaves
 * the others alone.
 */
public final class Sinks implements RowHolds.Keeper, AutoCloseable {
    static final String REGISTER = "register";
    private static final String SINKS = "sinks";
    private static final String JOURNAL = "journal";
    private static final String SPILLS = "tmp";
    private static final String LETTERS = "letters";

    private final Path directory;
    private final String incarnation;
    private final Lives lives;
    private final RowSource rows;
    private final DurableFiles files;
    private final InstantSource clock;
    private final SinkRegister register;
    private final RestoredMark restored;
    private final Map<String, SinkLoop> loops = new ConcurrentSkipListMap<>();

    /** Sinks that share a directory share its store, because they share its receipts. */
    private final Map<Path, DirectoryStore> stores = new HashMap<>();

    private Sinks(
            Path directory,
            String incarnation,
            Lives lives,
            RowSource rows,
            DurableFiles files,
            InstantSource clock,
            SinkRegister register,
            RestoredMark restored) {
        this.directory = directory;
        this.incarnation = incarnation;
        this.lives = lives;
        this.rows = rows;
        this.files = files;
        this.clock = clock;
        this.register = register;
        this.restored = restored;
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
        return open(directory, cache.incarnation(), lives, new CacheRows(cache), files, clock, settings);
    }

    static Sinks open(
            Path directory,
            String incarnation,
            Lives lives,
            RowSource rows,
            DurableFiles files,
            InstantSource clock,
            List<SinkSettings> settings)
            throws IOException {
        files.createDirectories(directory);
        SinkRegister register = SinkRegister.open(directory.resolve(REGISTER), files);
        Sinks sinks = new Sinks(
                directory, incarnation, lives, rows, files, clock, register, RestoredMark.open(directory, files));
        // durable: I19 sinks.fork.settle
        new SinkFork(directory, files, register, rows).settle(JOURNAL, clock.instant());
        for (String instance : register.removed()) {
            sinks.clear(instance);
        }
        for (SinkSettings one : settings) {
            sinks.loops.put(one.name(), sinks.load(one));
        }
        return sinks;
    }

    private SinkLoop load(SinkSettings one) throws IOException {
        Activation activation = Activation.of(one, directory, register, rows, files);
        Registration registration = activation.registration();
        SinkJournal journal = activation.journal();
        Sink sink = sink(one, registration);
        Backlog backlog = new Backlog(one, sink.grain(), rows, journal.ledger(), register);
        Path home = Activation.home(directory, registration);
        DeadLetters letters = new DeadLetters(home.resolve(LETTERS), files, journal, rows, clock);
        if (journal.isWhole()) {
            letters.sweep();
        }
        Shipping shipping =
                new Shipping(sink, journal, rows, backlog, one.poison(), letters, lives, files.disk(), clock);
        Path spills = home.resolve(SPILLS);
        Restoration restoration =
                new Restoration(registration, restored, sink, journal, backlog, shipping, lives, clock);
        SinkPass pass =
                new SinkPass(one, sink, journal, rows, backlog, shipping, restoration, letters, spills, files, clock);
        Rewinder rewinder = new Rewinder(one, sink, journal, register, rows, backlog, shipping, letters, clock);
        SinkError obstacle = activation
                .obstacle()
                .map(refusal -> new SinkError(clock.instant(), refusal.kind(), refusal.why(), null))
                .orElse(null);
        return new SinkLoop(
                one,
                sink,
                journal,
                backlog,
                shipping,
                pass,
                rewinder,
                letters,
                clock,
                RandomGenerator.getDefault(),
                obstacle);
    }

    private Sink sink(SinkSettings one, Registration registration) {
        return switch (one.destination()) {
            case DirectoryDestination(Path root, String prefix, ObjectFormat format, ObjectLimits limits) ->
                new BlobSink(
                        stores.computeIfAbsent(real(root), fresh -> new DirectoryStore(root, files, clock)),
                        registration.prefix(),
                        format,
                        incarnation,
                        registration.instance());
            case S3Destination s3 ->
                new BlobSink(
                        new S3Store(s3, files.disk()),
                        registration.prefix(),
                        s3.format(),
                        incarnation,
                        registration.instance());
            case IcebergDestination iceberg ->
                IcebergSink.of(iceberg, incarnation, registration.instance(), files, clock);
            case ForwardDestination forward ->
                new ForwardSink(
                        forward,
                        incarnation,
                        registration.instance(),
                        new RegisteredDialect(one.name(), register),
                        files.disk(),
                        clock);
        };
    }

    /** Where a path leads: two ways to one directory are one store, with one lock on its receipts. */
    private static Path real(Path root) {
        Path known = root;
        Path rest = Path.of("");
        while (known != null) {
            try {
                return known.toRealPath().resolve(rest);
            } catch (IOException notThere) {
                Path name = known.getFileName();
                rest = name == null ? rest : name.resolve(rest);
                known = known.getParent();
            }
        }
        return root;
    }

    /** Removes what is left of an instance that was removed. */
    private void clear(String instance) throws IOException {
        Path home = directory.resolve(instance);
        for (Path one : files.list(home)) {
            if (one.endsWith(SPILLS) || one.endsWith(LETTERS)) {
                for (Path each : files.list(one)) {
                    files.disk().delete(each);
                }
            }
            files.disk().delete(one);
        }
        if (files.exists(home)) {
            files.delete(home);
        }
    }

    /**
     * The highest sequence that any sink, configured or not, ever promised or began at; {@link Sequence#NONE} without
     * one. A cache that opens gives out higher ones only (I2).
     *
     * @throws IOException when the disk fails
     */
    public static Sequence highestPromise(Path directory, DurableFiles files) throws IOException {
        Sequence highest = SinkRegister.read(directory.resolve(REGISTER), files).highest();
        for (Path home : files.list(directory)) {
            Path journal = home.resolve(JOURNAL);
            if (files.exists(journal)) {
                Sequence promised = promised(journal, files);
                highest = promised.isAfter(highest) ? promised : highest;
            }
        }
        return highest;
    }

    /**
     * Reads what all sinks, configured or not, have written down, and changes nothing; they may be at work.
     *
     * @throws IOException when the disk fails; what is wrong with the files is in the answer
     */
    public static SinkExamination examine(Path directory, DurableFiles files) throws IOException {
        return new SinkExamination(directory.resolve(REGISTER), directory, JOURNAL, files);
    }

    private static Sequence promised(Path journal, DurableFiles files) throws IOException {
        try {
            return JournalFormat.scan(journal, files.readAll(journal)).highest();
        } catch (StateException newer) {
            // Its sink halts and says so; what it promised is a row of this cache, which has its own floor.
            return Sequence.NONE;
        }
    }

    /**
     * Copies what the sinks have written down into a backup: the register first, so that it knows no sink whose journal
     * is not copied after it, and each journal before what it speaks of.
     */
    public static Cache.BackupPart backupPart(DurableFiles files) {
        return (directory, target, copies) -> {
            Path from = directory.resolve(SINKS);
            Path to = target.resolve(SINKS);
            if (!files.exists(from.resolve(REGISTER))) {
                return;
            }
            SinkRegister register = SinkRegister.read(from.resolve(REGISTER), files);
            copies.write(to.resolve(REGISTER), files.readAll(from.resolve(REGISTER)));
            for (Registration registration : register.all()) {
                Path home = Activation.home(from, registration);
                Path copy = Activation.home(to, registration);
                if (files.exists(home.resolve(JOURNAL))) {
                    copies.copy(home.resolve(JOURNAL), copy.resolve(JOURNAL));
                }
                for (Path file : files.list(home)) {
                    String name = file.getFileName().toString();
                    if (!name.equals(JOURNAL) && !name.equals(SPILLS) && !name.endsWith(".new")) {
                        copies.copyAll(file, copy.resolve(name));
                    }
                }
            }
        };
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
        clear(registration.instance());
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
        Map<String, SinkSettings> next = new TreeMap<>();
        wanted.forEach(one -> next.put(one.name(), one));
        List<SinkSettings> fresh =
                next.values().stream().filter(one -> !runs(one)).toList();
        List<SinkLoop> leaving = loops.values().stream()
                .filter(loop -> !loop.settings().equals(next.get(loop.settings().name())))
                .toList();
        List<SinksChange.Refused> refused = new ArrayList<>();
        for (SinkSettings one : fresh) {
            Activation.refusal(one, register, progress(one), rows).ifPresent(refused::add);
        }
        List<SinkLoop> held = new ArrayList<>();
        try {
            for (SinkLoop loop : refused.isEmpty() ? leaving : List.<SinkLoop>of()) {
                if (loop.hold()) {
                    held.add(loop);
                } else {
                    refused.add(new SinksChange.Refused(
                            loop.settings().name(),
                            "",
                            "its destination hangs and the unit in hand cannot be ended; try again"));
                }
            }
            if (refused.isEmpty()) {
                replace(leaving, fresh);
            }
        } finally {
            held.forEach(SinkLoop::letGo);
        }
        return change(leaving, fresh, next, refused);
    }

    private static SinksChange change(
            List<SinkLoop> leaving,
            List<SinkSettings> fresh,
            Map<String, SinkSettings> next,
            List<SinksChange.Refused> refused) {
        List<String> started = fresh.stream().map(SinkSettings::name).toList();
        List<String> stopped = leaving.stream()
                .map(loop -> loop.settings().name())
                .filter(name -> !next.containsKey(name))
                .toList();
        List<String> unchanged =
                next.keySet().stream().filter(name -> !started.contains(name)).toList();
        return new SinksChange(started, stopped, unchanged, refused);
    }

    private boolean runs(SinkSettings one) {
        SinkLoop loop = loops.get(one.name());
        return loop != null && loop.settings().equals(one);
    }

    /** What a sink has written down, whether or not it runs; empty when there is nothing that can be trusted. */
    private Optional<Ledger> progress(SinkSettings one) throws IOException {
        SinkLoop loop = loops.get(one.name());
        if (loop != null) {
            return Optional.of(loop.ledger());
        }
        Optional<Registration> known = register.registration(one.name());
        if (known.isEmpty()) {
            return Optional.empty();
        }
        Path journal = Activation.home(directory, known.get()).resolve(JOURNAL);
        return files.exists(journal) ? SinkJournal.read(journal, files) : Optional.empty();
    }

    private void replace(List<SinkLoop> leaving, List<SinkSettings> fresh) throws IOException {
        Map<String, SinkLoop> loaded = new TreeMap<>();
        try {
            for (SinkLoop loop : leaving) {
                loop.close();
            }
            for (SinkSettings one : fresh) {
                loaded.put(one.name(), load(one));
            }
            for (SinkLoop loop : leaving) {
                SinkLoop next = loaded.get(loop.settings().name());
                if (next != null) {
                    next.takeOver(loop);
                }
            }
            leaving.forEach(loop -> loops.remove(loop.settings().name(), loop));
            loops.putAll(loaded);
        } catch (IOException e) {
            for (SinkLoop loop : loaded.values()) {
                loop.close();
            }
            for (SinkLoop loop : leaving) {
                restore(loop.settings(), e);
            }
            throw e;
        }
    }

    private void restore(SinkSettings before, IOException failure) {
        try {
            loops.put(before.name(), load(before));
        } catch (IOException e) {
            loops.remove(before.name());
            failure.addSuppressed(e);
        }
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
            Path journal = Activation.home(directory, registration).resolve(JOURNAL);
            Optional<Ledger> ledger = files.exists(journal) ? SinkJournal.read(journal, files) : Optional.empty();
            if (ledger.isPresent()) {
                List<String> awaited =
                        rows.datasets().stream().filter(registration::awaits).toList();
                held.put(registration.sink(), SinkLoop.held(registration, ledger.get(), awaited));
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
            } catch (SinkLoop.ClosedException e) {
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
