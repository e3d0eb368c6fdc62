// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.daemon.config.Config;
import dev.tidemark.daemon.config.ConfigException;
import dev.tidemark.daemon.config.ConfigSource;
import dev.tidemark.daemon.config.ConfigSource.Loaded;
import dev.tidemark.daemon.config.Outline;
import dev.tidemark.daemon.config.Readings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code run}: the daemon itself, in the foreground. */
@Command(name = "run", description = "Runs the daemon in the foreground.")
final class RunCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final TidemarkCommand.Service service;

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            description = "where requests are answered; port 0: a free one, off: only at the socket")
    private @Nullable String http;

    @Option(names = "--socket", paramLabel = "PATH", description = "where the unix socket lies")
    private @Nullable Path socket;

    @Option(names = "--log-level", paramLabel = "LEVEL", description = "error, warn, info, debug or trace")
    private @Nullable String logLevel;

    RunCommand(TidemarkCommand tidemark, TidemarkCommand.Service service) {
        this.tidemark = tidemark;
        this.service = service;
    }

    @Override
    public Integer call() throws Exception {
        InetSocketAddress address = read("--http", http, text -> Readings.addressOrOff(text).orElse(null));
        Level level = read("--log-level", logLevel, Readings::level);
        ConfigSource files = tidemark.configDirectory();
        service.run(() -> overridden(files.load(), address, level), tidemark.data());
        return 0;
    }

    /** What the command line and the environment say counts for more than the file, also at a reload. */
    private Loaded overridden(Loaded loaded, @Nullable InetSocketAddress address, @Nullable Level level)
            throws ConfigException {
        Config config = loaded.config();
        Outline main = loaded.outlines().main();
        if (http != null) {
            config = config.listeningAt(address);
            Optional<String> fault = config.listen().fault();
            if (fault.isPresent()) {
                throw new ConfigException("--http: " + fault.get());
            }
            main.override("listen.http", http, "flag --http");
        }
        Path place = socket == null ? TidemarkCommand.fromEnvironment(TidemarkCommand.SOCKET_VARIABLE) : socket;
        if (place != null) {
            config = config.withSocket(place.toAbsolutePath().normalize());
            main.override(
                    "listen.socket",
                    place,
                    socket == null ? "environment " + TidemarkCommand.SOCKET_VARIABLE : "flag --socket");
        }
        if (level != null) {
            config = config.loggingAt(level);
            main.override("log.level", level, "flag --log-level");
        }
        return new Loaded(config, loaded.outlines());
    }

    private static <T> @Nullable T read(
            String option, @Nullable String text, Function<String, @Nullable T> reading)
            throws CommandException {
        try {
            return text == null ? null : reading.apply(text);
        } catch (IllegalArgumentException e) {
            throw new CommandException(CommandException.USAGE, option + ": " + e.getMessage());
        }
    }
}
