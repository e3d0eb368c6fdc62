// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.daemon.DataDirectory;
import dev.tidemark.daemon.config.Config;
import dev.tidemark.daemon.config.ConfigDirectory;
import dev.tidemark.daemon.config.ConfigException;
import dev.tidemark.daemon.config.ConfigSource;
import dev.tidemark.daemon.config.ShownSetting;
import dev.tidemark.sinks.Secret;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The program itself: the verbs it has, and the two directories that all of them may need. */
@Command(name = "tidemark", description = "An edge daemon that ships every row once.", synopsisSubcommandLabel = "VERB")
public final class TidemarkCommand {
    static final String SOCKET_VARIABLE = "TIDEMARK_SOCKET";

    private static final String URL_VARIABLE = "TIDEMARK_URL";
    private static final String TOKEN_VARIABLE = "TIDEMARK_TOKEN";
    private static final String CONFIG_VARIABLE = "TIDEMARK_CONFIG";
    private static final String DATA_VARIABLE = "TIDEMARK_DATA";
    private static final Path CONFIG = Path.of("/etc/tidemark");

    @Option(names = "--config", paramLabel = "DIR", scope = ScopeType.INHERIT, description = "holds tidemark.yaml")
    private @Nullable Path config;

    @Option(names = "--data", paramLabel = "DIR", scope = ScopeType.INHERIT, description = "holds all that is stored")
    private @Nullable Path data;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "says this")
    @SuppressWarnings("unused") // picocli reads it.
    private boolean help;

    /** Runs a daemon in this process, for as long as the process lives. */
    @FunctionalInterface
    public interface Service {
        void run(ConfigSource source, DataDirectory data) throws IOException, ConfigException, InterruptedException;
    }

    private TidemarkCommand() {}

    /** Every verb that is built. */
    public static CommandLine commandLine(Console console, InstantSource clock, Service service) {
        TidemarkCommand tidemark = new TidemarkCommand();
        CommandLine sink = new CommandLine(new SinkCommand())
                .addSubcommand(new SinkListCommand(tidemark, console))
                .addSubcommand(new SinkShowCommand(tidemark, console))
                .addSubcommand(new SinkRunCommand(tidemark, console))
                .addSubcommand(
                        "pause", verb(tidemark, console, "pause", "Lets a sink send nothing until it is resumed."))
                .addSubcommand("resume", verb(tidemark, console, "resume", "Lets a paused sink send again."))
                .addSubcommand("drain", verb(tidemark, console, "drain", "Delivers everything that waits, due or not."))
                .addSubcommand(new SinkRewindCommand(tidemark, console))
                .addSubcommand(new SinkRenameCommand(tidemark, console))
                .addSubcommand(new SinkRemoveCommand(tidemark, console))
                .addSubcommand(new SinkReceiptsCommand(tidemark, console))
                .addSubcommand(new SinkMaintainCommand(tidemark, console, clock));
        CommandLine deadLetter = new CommandLine(new DeadLetterCommand())
                .addSubcommand(new DeadLetterListCommand(tidemark, console))
                .addSubcommand(new DeadLetterShowCommand(tidemark, console))
                .addSubcommand(new DeadLetterReplayCommand(tidemark, console))
                .addSubcommand(new DeadLetterDropCommand(tidemark, console));
        return new CommandLine(tidemark)
                .addSubcommand(new DemoCommand(console))
                .addSubcommand(new RunCommand(tidemark, service))
                .addSubcommand(new StatusCommand(tidemark, console, clock))
                .addSubcommand(new IngestCommand(tidemark, console))
                .addSubcommand(new RowsCommand(tidemark, console))
                .addSubcommand(sink)
                .addSubcommand(deadLetter)
                .addSubcommand(new FlushCommand(tidemark, console))
                .addSubcommand(new UpkeepCommand(tidemark, console))
                .addSubcommand(new VerifyCommand(tidemark, console, clock))
                .addSubcommand(new AdoptCommand(tidemark, console, clock))
                .addSubcommand(new BackupCommand(tidemark, console, clock))
                .addSubcommand(new RecoverCommand(tidemark, console, clock))
                .addSubcommand(new ValidateCommand(tidemark, console))
                .addSubcommand(new ReloadCommand(tidemark, console))
                .addSubcommand(new CommandLine(new ConfigCommand())
                        .addSubcommand(new ConfigShowCommand(tidemark, console))
                        .addSubcommand(new ConfigSchemaCommand(console)))
                .addSubcommand(new DoctorCommand(tidemark, console, clock))
                .addSubcommand(new BenchCommand(tidemark, console))
                .addSubcommand(new CompletionCommand(console))
                .addSubcommand(new VersionCommand(console))
                .setOut(console.out())
                .setErr(console.talk());
    }

    private static CommandLine verb(TidemarkCommand tidemark, Console console, String verb, String description) {
        CommandLine command = new CommandLine(new SinkVerbCommand(tidemark, console, verb));
        command.getCommandSpec().usageMessage().description(description);
        return command;
    }

    DataDirectory data() {
        return DataDirectory.resolve(data, System.getenv());
    }

    /** The data directory of a verb that opens it itself, which makes none. */
    Path requireCache() throws CorruptDataException {
        Path directory = data().path();
        if (!Files.exists(directory.resolve("identity"))) {
            throw new CorruptDataException(directory.resolve("identity"), 0, "it is missing: there is no cache");
        }
        return directory;
    }

    /** The daemon of the data directory, unless the environment names one and the command line does not. */
    DaemonClient daemon() throws IOException, CommandException {
        DaemonClient daemon = anonymous();
        String token = System.getenv(TOKEN_VARIABLE);
        if (token == null || token.isEmpty()) {
            return daemon;
        }
        if (!token.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new CommandException(CommandException.USAGE, TOKEN_VARIABLE + ": a token is ASCII without spaces");
        }
        return daemon.bearing(new Secret(token));
    }

    private DaemonClient anonymous() throws IOException, CommandException {
        Path socket = fromEnvironment(SOCKET_VARIABLE);
        String url = System.getenv(URL_VARIABLE);
        if (data != null || (socket == null && (url == null || url.isEmpty()))) {
            return DaemonClient.of(data());
        }
        return DaemonClient.at(socket == null ? addressOf(url) : DaemonAddress.ofSocket(socket));
    }

    /**
     * The daemon, if one runs, for a verb that can do without: it asks a running one and opens the directory itself when
     * none does.
     */
    Optional<DaemonClient> runningDaemon() throws IOException, CommandException {
        try {
            DaemonClient daemon = daemon();
            daemon.read("/healthz");
            return Optional.of(daemon);
        } catch (CommandException e) {
            if (e.exitCode() == CommandException.NO_DAEMON && !isElsewhere()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Whether the environment names a daemon and nobody a data directory: the usual one here may be another's. */
    boolean isElsewhere() {
        return isElsewhere(data, System.getenv());
    }

    static boolean isElsewhere(@Nullable Path data, Map<String, String> environment) {
        return data == null
                && Stream.of(DATA_VARIABLE, "STATE_DIRECTORY").noneMatch(name -> isSet(environment, name))
                && Stream.of(SOCKET_VARIABLE, URL_VARIABLE).anyMatch(name -> isSet(environment, name));
    }

    private static boolean isSet(Map<String, String> environment, String name) {
        return !environment.getOrDefault(name, "").isEmpty();
    }

    private static DaemonAddress addressOf(String url) throws CommandException {
        try {
            return DaemonAddress.ofUrl(url);
        } catch (IllegalArgumentException e) {
            throw new CommandException(CommandException.USAGE, URL_VARIABLE + ": " + e.getMessage());
        }
    }

    Config config() throws ConfigException, IOException {
        return configSource().load().config();
    }

    /** The files, and what the environment says instead. */
    ConfigSource configSource() throws ConfigException {
        ConfigSource files = configDirectory();
        Path socket = fromEnvironment(SOCKET_VARIABLE);
        return socket == null
                ? files
                : () -> {
                    ConfigSource.Loaded loaded = files.load();
                    loaded.outlines().main().override("listen.socket", socket, "environment " + SOCKET_VARIABLE);
                    return new ConfigSource.Loaded(
                            loaded.config().withSocket(socket.toAbsolutePath().normalize()), loaded.outlines());
                };
    }

    /** The two directories, and who says so. */
    List<ShownSetting> places() {
        Path fromVariable = fromEnvironment(CONFIG_VARIABLE);
        Path directory = config != null ? config : fromVariable != null ? fromVariable : CONFIG;
        return List.of(
                new ShownSetting(
                        "config", directory.toString(), said(config, CONFIG_VARIABLE, fromVariable, "flag --config")),
                new ShownSetting(
                        "data",
                        data().path().toString(),
                        said(data, DATA_VARIABLE, fromEnvironment(DATA_VARIABLE), "flag --data")));
    }

    private static String said(@Nullable Path flag, String variable, @Nullable Path fromVariable, String flagName) {
        if (flag != null) {
            return flagName;
        }
        if (fromVariable != null) {
            return "environment " + variable;
        }
        return variable.equals(DATA_VARIABLE) && fromEnvironment("STATE_DIRECTORY") != null
                ? "environment STATE_DIRECTORY"
                : "default";
    }

    /** Where the configuration is read; a directory that was asked for must be there. */
    ConfigDirectory configDirectory() throws ConfigException {
        Path asked = config == null ? fromEnvironment(CONFIG_VARIABLE) : config;
        if (asked != null && !Files.isDirectory(asked)) {
            throw new ConfigException("there is no directory " + asked + " to read the configuration from");
        }
        return new ConfigDirectory(asked == null ? CONFIG : asked, hostMemory(), System.getenv());
    }

    /** A path that the environment gives; a variable that is empty gives none. */
    static @Nullable Path fromEnvironment(String variable) {
        String value = System.getenv(variable);
        return value == null || value.isEmpty() ? null : Path.of(value);
    }

    static long hostMemory() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getTotalMemorySize();
    }
}
