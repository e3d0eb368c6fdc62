// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.files.DirectoryLock;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code backup}: a copy of the data directory, by the daemon when there is one. */
@Command(
        name = "backup",
        description =
                "Copies the data directory, as it is at one moment, beside whatever goes on; on the same file system by hard"
                        + " links. The copy opens only through recover.")
final class BackupCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;
    private final InstantSource clock;

    @Parameters(index = "0", paramLabel = "TO", description = "a directory that is empty, or not there yet")
    private @Nullable Path to;

    @Option(names = "--json", description = "says it as JSON, on stdout")
    private boolean json;

    BackupCommand(TidemarkCommand tidemark, Console console, InstantSource clock) {
        this.tidemark = tidemark;
        this.console = console;
        this.clock = clock;
    }

    @Override
    public Integer call() throws Exception {
        if (to == null) {
            throw new IllegalStateException("picocli refuses a backup without a place");
        }
        Path target = to.toAbsolutePath().normalize();
        Optional<DaemonClient> daemon = tidemark.runningDaemon();
        try (Progress _ = Progress.of(console, "copying to " + target)) {
            if (daemon.isPresent()) {
                daemon.get().postAndWait("/v1/backup?to=" + UrlText.encode(target.toString()));
            } else {
                offline(target);
            }
        }
        console.talk().println("backup " + target + ": open it with tidemark recover --restored or --cloned");
        if (json) {
            console.out().println(JsonNodeFactory.instance.objectNode().put("backup", target.toString()));
        }
        return 0;
    }

    private void offline(Path target) throws IOException, CommandException {
        Path data = tidemark.requireCache();
        DurableFiles files = new DurableFiles(new LocalDisk());
        try (DirectoryLock _ = DirectoryLock.share(data)) {
            Cache.backup(data, target, Sinks.backupPart(files), files, clock);
        } catch (FileAlreadyExistsException taken) {
            throw new CommandException(CommandException.CHECK_FAILED, String.valueOf(taken.getMessage()));
        }
    }
}
