// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.process;

import dev.tidemark.smoke.BrokenPromise;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One run of the daemon, from its start to its end.
 *
 * <p>It is ready when it says so on stderr; everything it says is kept in the site's log.
 */
public final class DaemonProcess implements AutoCloseable {
    private static final Duration READY = Duration.ofMinutes(5);
    private static final Duration STOP = Duration.ofSeconds(10);
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);
    private static final int LAST_LINES = 25;

    private final Process process;
    private final Site site;
    private final CompletableFuture<ReadyLine> ready = new CompletableFuture<>();
    /** One for all who speak to it: each has threads of its own. */
    private final CompletableFuture<Caller> caller = ready.thenApply(DaemonProcess::caller);

    private final Thread listener;

    private DaemonProcess(Process process, Site site) {
        this.process = process;
        this.site = site;
        // A read of a pipe holds a virtual thread's carrier: two silent daemons would take both from all others.
        this.listener = Thread.ofPlatform().daemon().name("daemon-stderr").unstarted(this::listen);
    }

    /** Starts a daemon and does not wait for it. */
    public static DaemonProcess launch(Distribution distribution, Site site) throws IOException {
        return launch(distribution, site, List.of());
    }

    /** Starts a daemon through another command, such as {@code taskset -c 0}. */
    public static DaemonProcess launch(Distribution distribution, Site site, List<String> through) throws IOException {
        List<String> arguments = List.of(
                "run",
                "--config",
                site.config().toString(),
                "--data",
                site.data().toString(),
                "--http",
                "127.0.0.1:0",
                "--socket",
                site.socket().toString());
        Process process = distribution
                .builder(site.directory(), through, arguments)
                .redirectOutput(site.directory().resolve("daemon.out").toFile())
                .start();
        DaemonProcess daemon = new DaemonProcess(process, site);
        daemon.listener.start();
        return daemon;
    }

    public DaemonProcess awaitReady() {
        line();
        return this;
    }

    /** What the daemon said when it was ready; waits for it. */
    public ReadyLine line() {
        try {
            return ready.get(READY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new BrokenPromise("the daemon ended before it was ready, exit " + awaitExit(LAST_WORDS) + "\n"
                    + String.join("\n", lastLines()));
        } catch (TimeoutException e) {
            throw new BrokenPromise(
                    "the daemon was not ready in " + READY.toSeconds() + " s\n" + String.join("\n", lastLines()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokenPromise("interrupted while waiting for the daemon");
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public Caller caller() {
        line();
        return caller.join();
    }

    private static Caller caller(ReadyLine ready) {
        return new Caller(ready.http(), new SocketCaller(ready.socket()));
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        String[] parts = line().http().split(":", 2);
        return new InetSocketAddress(parts[0], Integer.parseInt(parts[1]));
    }

    /** kill -9, now. */
    public void kill() {
        Distribution.end(process);
        awaitExit(STOP);
    }

    /** SIGTERM; the daemon owes an exit of 0 within 10 seconds. */
    public void stop() {
        process.destroy();
        int exit = awaitExit(STOP);
        BrokenPromise.unless(
                exit == 0, "the daemon exited %d after SIGTERM, not 0%n%s", exit, String.join("\n", lastLines()));
    }

    /** Waits for the end and gives the exit code. */
    public int awaitExit(Duration patience) {
        try {
            BrokenPromise.unless(
                    process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS),
                    "the daemon (pid %d) did not end within %d s%n%s",
                    process.pid(),
                    patience.toSeconds(),
                    String.join("\n", lastLines()));
            listener.join(LAST_WORDS);
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokenPromise("interrupted while waiting for the daemon to end");
        }
    }

    /** The end of the log. */
    public List<String> lastLines() {
        try {
            List<String> lines = Files.readAllLines(site.log());
            return lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
        } catch (IOException e) {
            return List.of("(no log: " + e + ")");
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }

    private void listen() {
        try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8);
                BufferedWriter log =
                        Files.newBufferedWriter(site.log(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                log.write(line);
                log.newLine();
                log.flush();
                ReadyLine.parse(line).ifPresent(ready::complete);
            }
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
        ready.completeExceptionally(new IOException("stderr ended"));
    }

    /** {@code ready http=127.0.0.1:4850 socket=… incarnation=… …}, whatever a log puts before it. */
    public record ReadyLine(String http, Path socket, String incarnation) {
        private static final Pattern FORM = Pattern.compile("\\bready http=(\\S+) socket=(.+) incarnation=(\\S+)");

        static Optional<ReadyLine> parse(String line) {
            Matcher ready = FORM.matcher(line);
            return ready.find()
                    ? Optional.of(new ReadyLine(ready.group(1), Path.of(ready.group(2)), ready.group(3)))
                    : Optional.empty();
        }
    }
}
