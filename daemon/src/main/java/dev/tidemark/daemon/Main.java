// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import com.google.inject.Guice;
import dev.tidemark.daemon.command.Console;
import dev.tidemark.daemon.command.TidemarkCommand;
import dev.tidemark.daemon.config.ConfigException;
import dev.tidemark.daemon.config.ConfigSource;
import dev.tidemark.daemon.service.HangUp;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;

/** Gives a verb to its class, and turns what came of it into an exit code. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    /** Within the ten seconds that a stop may take, with room for the JVM itself. */
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(8);

    /** What virtual threads run on: read by the JVM when the first of them starts. */
    private static final String CARRIERS = "jdk.virtualThreadScheduler.parallelism";

    private Main() {}

    public static void main(String[] args) {
        // A request that writes the log keeps its carrier while the disk syncs (LLP 0002).
        int carriers = Runtime.getRuntime().availableProcessors() + 1;
        System.setProperty(CARRIERS, System.getProperty(CARRIERS, Integer.toString(carriers)));
        System.exit(commandLine(Console.ofProcess()).execute(args));
    }

    static CommandLine commandLine(Console console) {
        return TidemarkCommand.commandLine(console, InstantSource.system(), Main::run)
                .setParameterExceptionHandler(usage())
                .setExecutionExceptionHandler(failure());
    }

    private static IParameterExceptionHandler usage() {
        return (wrong, args) -> {
            PrintWriter talk = wrong.getCommandLine().getErr();
            talk.println("tidemark: " + wrong.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(wrong, talk);
            talk.println("try: " + wrong.getCommandLine().getCommandSpec().qualifiedName() + " --help");
            return ExitCode.USAGE;
        };
    }

    private static IExecutionExceptionHandler failure() {
        return (thrown, command, parsed) -> {
            int code = ExitCode.of(thrown);
            command.getErr().println("tidemark: " + FailureText.of(thrown));
            if (code == ExitCode.OUR_BUG) {
                thrown.printStackTrace(command.getErr());
            }
            return code;
        };
    }

    /** Runs the daemon until a signal ends the process; returns only by throwing. */
    private static void run(ConfigSource source, DataDirectory data)
            throws IOException, ConfigException, InterruptedException {
        ConfigSource.Loaded loaded = source.load();
        Logging.start(loaded.config().log(), System.getenv());
        Daemon daemon =
                Guice.createInjector(new DaemonModule(source, loaded, data)).getInstance(Daemon.class);
        // Whoever dies of something that nobody expected may have been the one that everybody waits for.
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> daemon.fatal(thrown));
        Thread stop = new Thread(() -> stop(daemon), "stop");
        Runtime.getRuntime().addShutdownHook(stop);
        try {
            System.err.println(daemon.start().line());
        } catch (IOException | RuntimeException e) {
            Runtime.getRuntime().removeShutdownHook(stop);
            throw e;
        }
        HangUp.onEach(daemon::requestReload);
        new CountDownLatch(1).await();
    }

    /** By default a JVM that was asked to end says 143; a service that did what it was asked says 0. */
    private static void stop(Daemon daemon) {
        int[] code = {ExitCode.DONE};
        Thread closing = Thread.ofPlatform().daemon().name("closing").start(() -> {
            try {
                daemon.close();
                LOG.info("stopped");
            } catch (IOException | RuntimeException e) {
                LOG.error("stopped uncleanly, the next start recovers", e);
                code[0] = ExitCode.of(e);
            }
        });
        try {
            if (!closing.join(STOP_PATIENCE)) {
                LOG.warn("stopping took too long, the next start recovers");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(code[0]);
    }
}
