// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.daemon.config.Config;
import dev.tidemark.daemon.config.ConfigException;
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
        Optional<InetSocketAddress> address = read("--http", http, Readings::addressOrOff);
        Level level = read("--log-level", logLevel, Readings::level);
        Config config = tidemark.config();
        if (address != null) {
            config = config.listeningAt(address.orElse(null));
            Optional<String> fault = config.listen().fault();
            if (fault.isPresent()) {
                throw new ConfigException("--http: " + fault.get());
            }
        }
        Path place = socket == null ? TidemarkCommand.fromEnvironment(TidemarkCommand.SOCKET_VARIABLE) : socket;
        if (place != null) {
            config = config.withSocket(place.toAbsolutePath().normalize());
        }
        if (level != null) {
            config = config.loggingAt(level);
        }
        service.run(config, tidemark.data());
        return 0;
    }

    private static <T> @Nullable T read(String option, @Nullable String text, Function<String, T> reading)
            throws CommandException {
        try {
            return text == null ? null : reading.apply(text);
        } catch (IllegalArgumentException e) {
            throw new CommandException(CommandException.USAGE, option + ": " + e.getMessage());
        }
    }
}
