// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.sinks.blob.BlobSink;
import dev.tidemark.sinks.blob.directory.DirectoryStore;
import dev.tidemark.sinks.forward.ForwardSink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;

/**
 * Every sink instance that the configuration names, over one open cache.
 *
 * <p>Nothing happens by itself: the daemon calls {@link #tick} of each every {@link #every}. Calls for different sinks
 * run side by side, two for the same one never do. A sink that cannot go on says so in its {@link SinkState} and leaves
 * the others alone.
 */
public final class Sinks implements AutoCloseable {
    private static final String REGISTER = "register";
    private static final String JOURNAL = "journal";
    private static final String SPILLS = "tmp";

    private final Map<String, SinkLoop> loops;

    private Sinks(Map<String, SinkLoop> loops) {
        this.loops = loops;
    }

    /**
     * Opens the sinks; resolves and makes durable where each begins in the datasets that it has not met before.
     *
     * <p>A sink whose progress is missing or damaged, or whose destination is another than its progress belongs to, is
     * open and halted.
     *
     * @param directory the sinks' own directory, created when it is missing
     * @throws IOException when the disk fails, the register is damaged, or a newer version of this program wrote there
     */
    public static Sinks open(
            Path directory, Cache cache, DurableFiles files, InstantSource clock, List<SinkSettings> settings)
            throws IOException {
        Lives lives = new Lives(cache.life(), cache::hasLived);
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
        // Sinks that share a directory share its store, because they share its receipts.
        Map<Path, DirectoryStore> stores = new HashMap<>();
        Map<String, SinkLoop> loops = new LinkedHashMap<>();
        for (SinkSettings one : settings) {
            Path home = directory.resolve(one.name());
            Activation activation = Activation.of(one, home, register, rows, files);
            Sink sink = switch (one.destination()) {
                case DirectoryDestination(Path root, String prefix, ObjectLimits limits) ->
                    new BlobSink(
                            stores.computeIfAbsent(root, fresh -> new DirectoryStore(fresh, files, clock)),
                            activation.registration().prefix(),
                            incarnation,
                            activation.registration().instance());
                case ForwardDestination forward ->
                    new ForwardSink(
                            forward,
                            incarnation,
                            activation.registration().instance(),
                            new RegisteredDialect(one.name(), register),
                            files.disk(),
                            clock);
            };
            Backlog backlog =
                    new Backlog(one, sink.grain(), rows, activation.journal().ledger(), register);
            Shipping shipping =
                    new Shipping(sink, activation.journal(), rows, backlog, Parking.HALT, lives, files.disk(), clock);
            SinkPass pass = new SinkPass(
                    one,
                    sink,
                    activation.journal(),
                    register,
                    rows,
                    backlog,
                    shipping,
                    home.resolve(SPILLS),
                    files,
                    clock);
            loops.put(
                    one.name(),
                    new SinkLoop(
                            one,
                            sink,
                            activation.journal(),
                            backlog,
                            shipping,
                            pass,
                            clock,
                            RandomGenerator.getDefault(),
                            activation
                                    .obstacle()
                                    .map(refusal -> new SinkError(clock.instant(), refusal.kind(), refusal.why()))
                                    .orElse(null)));
        }
        return new Sinks(loops);
    }

    /**
     * The highest sequence that any sink, configured or not, ever promised or began at; {@link Sequence#NONE} without
     * one. A cache that opens gives out higher ones only (I2).
     *
     * @throws IOException when the disk fails, the register is damaged, or a newer version of this program wrote there
     */
    public static Sequence highestPromise(Path directory, DurableFiles files) throws IOException {
        Sequence highest = SinkRegister.read(directory.resolve(REGISTER), files).highest();
        for (Path home : files.list(directory)) {
            Path journal = home.resolve(JOURNAL);
            if (files.exists(journal)) {
                Sequence promised =
                        JournalFormat.scan(journal, files.readAll(journal)).highest();
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

    /** The instances, in the order in which they were configured. */
    public List<String> names() {
        return List.copyOf(loops.keySet());
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
        return loop(name).run();
    }

    /** What is true of each sink now, in the order of {@link #names}; waits for no pass. */
    public List<SinkState> states() {
        return loops.values().stream().map(SinkLoop::state).toList();
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
