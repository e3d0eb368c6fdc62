// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.daemon.config.Config;
import dev.tidemark.daemon.config.ConfigException;
import dev.tidemark.daemon.config.ConfigSource;
import dev.tidemark.daemon.config.ConfigSource.Loaded;
import dev.tidemark.daemon.config.LogFormat;
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

    @Option(names = "--log-format", paramLabel = "FORMAT", description = "text or json")
    private @Nullable String logFormat;

    RunCommand(TidemarkCommand tidemark, TidemarkCommand.Service service) {
        this.tidemark = tidemark;
        this.service = service;
    }

    @Override
    public Integer call() throws Exception {
        InetSocketAddress address =
                read("--http", http, text -> Readings.addressOrOff(text).orElse(null));
        Level level = read("--log-level", logLevel, Readings::level);
        LogFormat form = read("--log-format", logFormat, Readings::logFormat);
        ConfigSource files = tidemark.configSource();
        service.run(() -> overridden(files.load(), address, level, form), tidemark.data());
        return 0;
    }

    /** What the command line says counts for more than the file, also at a reload. */
    private Loaded overridden(
            Loaded loaded, @Nullable InetSocketAddress address, @Nullable Level level, @Nullable LogFormat form)
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
        if (socket != null) {
            config = config.withSocket(socket.toAbsolutePath().normalize());
            main.override("listen.socket", socket, "flag --socket");
        }
        if (level != null) {
            config = config.loggingAt(level);
            main.override("log.level", level, "flag --log-level");
        }
        if (form != null) {
            config = config.loggingAs(form);
            main.override("log.format", form, "flag --log-format");
        }
        return new Loaded(config, loaded.outlines());
    }

    private static <T> @Nullable T read(String option, @Nullable String text, Function<String, @Nullable T> reading)
            throws CommandException {
        try {
            return text == null ? null : reading.apply(text);
        } catch (IllegalArgumentException e) {
            throw new CommandException(CommandException.USAGE, option + ": " + e.getMessage());
        }
    }
}
