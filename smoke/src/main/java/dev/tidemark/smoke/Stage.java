// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke;

import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Distribution;
import dev.tidemark.smoke.process.Outcome;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * What one flow plays on: a directory of its own, a seed, and processes that end when it closes.
 *
 * <p>The directory stays until {@link #clear}, so that a failure can be looked into.
 */
public final class Stage implements AutoCloseable {
    private static final Duration COMMAND = Duration.ofSeconds(90);

    private final Distribution distribution;
    private final Path directory;
    private final long seed;
    private final Random random;
    private final List<DaemonProcess> daemons = new CopyOnWriteArrayList<>();
    private final Thread atExit = new Thread(this::endProcesses);

    private Stage(Distribution distribution, Path directory, long seed) {
        this.distribution = distribution;
        this.directory = directory;
        this.seed = seed;
        this.random = new Random(seed);
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    public static Stage raise(Distribution distribution, String flow, long seed) throws IOException {
        return new Stage(distribution, Files.createTempDirectory("tidemark-" + flow + "-"), seed);
    }

    public Path directory() {
        return directory;
    }

    public long seed() {
        return seed;
    }

    /** The one source of chance, so that a seed plays the same choices again. Not for two threads at once. */
    public Random random() {
        return random;
    }

    /** A place for a daemon, with nothing in it. */
    public Site site(String name) throws IOException {
        return Site.create(directory.resolve(name));
    }

    /** Starts a daemon and waits until it is ready. */
    public DaemonProcess start(Site site) throws IOException {
        return launch(site).awaitReady();
    }

    /** Starts a daemon and does not wait. */
    public DaemonProcess launch(Site site) throws IOException {
        return launch(site, List.of());
    }

    /** Starts a daemon through another command, such as {@code env NAME=VALUE}, and does not wait. */
    public DaemonProcess launch(Site site, List<String> through) throws IOException {
        DaemonProcess daemon = DaemonProcess.launch(distribution, site, through);
        daemons.add(daemon);
        return daemon;
    }

    /** Starts a verb of the product that is fed through its stdin; whoever starts it ends it. */
    public Process piped(String... arguments) throws IOException {
        return distribution.piped(directory, List.of(arguments));
    }

    /** Runs one verb of the product to its end. */
    public Outcome command(String... arguments) {
        return command(COMMAND, arguments);
    }

    /** The same, for what may take as long as this. */
    public Outcome command(Duration patience, String... arguments) {
        return distribution.command(directory, patience, List.of(arguments));
    }

    /** The end of the newest daemon's log, for whoever has to find out why. */
    public List<String> lastLines() {
        return daemons.isEmpty() ? List.of() : daemons.getLast().lastLines();
    }

    /** Deletes the directory. */
    public void clear() throws IOException {
        try (Stream<Path> everything = Files.walk(directory)) {
            for (Path path : everything.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** Ends every process that is still there. */
    public void endProcesses() {
        daemons.forEach(DaemonProcess::close);
    }

    @Override
    public void close() {
        endProcesses();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The harness itself is being stopped, and the hook runs.
        }
    }
}
