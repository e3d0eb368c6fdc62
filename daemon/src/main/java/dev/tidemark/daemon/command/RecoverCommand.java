// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tidemark.cache.Life;
import dev.tidemark.cache.Recovery;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DirectoryLock;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code recover}: says what a copy of a data directory is to be. */
@Command(name = "recover", description = "Makes a copy of a data directory fit to go on; no daemon may run on it.")
final class RecoverCommand implements Callable<Integer> {
    private static final String SEQUENCE = "seq:";
    private static final int LIVES_SHOWN = 20;

    private final TidemarkCommand tidemark;
    private final Console console;
    private final InstantSource clock;

    @ArgGroup(multiplicity = "1")
    private Kind kind = new Kind();

    @Option(
            names = "--from",
            paramLabel = "seq:N",
            description = "with --cloned: every sink begins after this row, or where it was if that is later")
    private @Nullable String from;

    @Option(names = "--yes", description = "asks nothing")
    private boolean yes;

    @Option(names = "--json", description = "says it as JSON, on stdout")
    private boolean json;

    RecoverCommand(TidemarkCommand tidemark, Console console, InstantSource clock) {
        this.tidemark = tidemark;
        this.console = console;
        this.clock = clock;
    }

    /** One of the two. */
    static final class Kind {
        @Option(names = "--restored", description = "the other cache is lost, and this copy goes on in its place")
        private boolean restored;

        @Option(names = "--cloned", description = "the other cache goes on too, and this copy becomes one of its own")
        @SuppressWarnings("unused") // picocli wants one of the two.
        private boolean cloned;
    }

    @Override
    public Integer call() throws Exception {
        Sequence first = first();
        Path data = tidemark.requireCache();
        DurableFiles files = new DurableFiles(new LocalDisk());
        try (DirectoryLock _ = DirectoryLock.take(
                data, "tidemark recover pid=" + ProcessHandle.current().pid())) {
            Recovery recovery = Recovery.of(data, files);
            tell(recovery, data);
            Instant now = clock.instant();
            try (Progress _ = Progress.of(console, "recovering " + data)) {
                if (kind.restored) {
                    recovery.restored(() -> Sinks.restore(data.resolve("sinks"), files), now);
                } else {
                    recovery.cloned(() -> Sinks.fork(data.resolve("sinks"), first, files), now);
                }
            }
            console.talk().println("recovered " + data + ": start it with tidemark run");
            if (json) {
                console.out()
                        .println(JsonNodeFactory.instance
                                .objectNode()
                                .put("recovered", data.toString())
                                .put("as", kind.restored ? "restored" : "cloned"));
            }
        }
        return 0;
    }

    private Sequence first() throws CommandException {
        if (from == null) {
            return Sequence.NONE;
        }
        if (kind.restored || !from.matches("seq:\\d{1,18}")) {
            throw new CommandException(CommandException.USAGE, "--from is seq:N and goes with --cloned");
        }
        return new Sequence(Long.parseLong(from.substring(SEQUENCE.length())));
    }

    private void tell(Recovery recovery, Path data) throws IOException, CommandException {
        PrintWriter talk = console.talk();
        talk.println("cache " + recovery.incarnation() + " in " + data + ", its lives (newest last):");
        var lives = recovery.lives();
        for (Life life : lives.subList(Math.max(0, lives.size() - LIVES_SHOWN), lives.size())) {
            talk.println("  " + life.life() + "  from seq:" + life.first() + "  at " + life.at());
        }
        talk.println(
                kind.restored
                        ? "This copy will go on as this cache. No other copy of it may run."
                        : "This copy will become a cache of its own. What the other one has promised is left to it.");
        if (!yes && !console.agrees("Go on?")) {
            throw new CommandException(CommandException.USAGE, "recover changes what this directory is: say --yes");
        }
    }
}
