// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.daemon.DaemonFile;
import dev.tidemark.daemon.DataDirectory;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A real daemon in a process of its own, of the same distribution and with the same settings of the JVM. */
final class DemoProcess implements AutoCloseable {
    private static final String MAIN = "dev.tidemark.daemon.Main";
    private static final long READY_SECONDS_MAX = 30;
    private static final long STOP_SECONDS_MAX = 10;
    private static final long LOOK_MILLIS = 20;

    private final Process process;
    private final DaemonFile file;
    private final DaemonClient client;

    private DemoProcess(Process process, DaemonFile file) {
        this.process = process;
        this.file = file;
        this.client = DaemonClient.of(file);
    }

    /** Starts a daemon and waits until it is ready. What it says goes to {@code log}. */
    static DemoProcess start(Path config, DataDirectory data, Path log)
            throws IOException, InterruptedException, CommandException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN, "run"));
        command.addAll(
                List.of("--config", config.toString(), "--data", data.path().toString()));
        // Not where the daemon of this host has its own.
        command.addAll(List.of("--socket", data.path().resolve("tidemark.sock").toString()));
        File talk = log.toFile();
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(talk))
                .redirectError(ProcessBuilder.Redirect.appendTo(talk))
                .start();
        // Whoever interrupts the demo does not want to look for its daemon.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        try {
            return new DemoProcess(process, awaitReady(process, data));
        } catch (IOException | InterruptedException | CommandException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static DaemonFile awaitReady(Process process, DataDirectory data)
            throws IOException, InterruptedException, CommandException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS_MAX);
        while (System.nanoTime() < deadline) {
            Optional<DaemonFile> file = DaemonFile.read(data.path());
            if (file.isPresent() && file.get().pid() == process.pid()) {
                return file.get();
            }
            restABit(process);
        }
        throw failed("a daemon was not ready within " + READY_SECONDS_MAX + " s");
    }

    /** Lets a moment pass, and fails when the daemon ends meanwhile. */
    void restABit() throws InterruptedException, CommandException {
        restABit(process);
    }

    private static void restABit(Process process) throws InterruptedException, CommandException {
        if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            throw failed("a daemon ended by itself: exit code " + process.exitValue());
        }
    }

    DaemonClient client() {
        return client;
    }

    /** Where it listens over TCP. */
    String http() {
        return String.valueOf(file.http());
    }

    /** Ends it as a power cut would. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** Asks it to stop, and insists that it does so cleanly. */
    void stop() throws InterruptedException, CommandException {
        process.destroy();
        if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
            throw failed("the daemon did not stop within " + STOP_SECONDS_MAX + " s");
        }
        if (process.exitValue() != 0) {
            throw failed("the daemon stopped with exit code " + process.exitValue());
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private static CommandException failed(String why) {
        return new CommandException(CommandException.CHECK_FAILED, why);
    }
}
