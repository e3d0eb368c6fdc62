// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.FileCopies;
import dev.tidemark.cache.spool.SpoolHold;
import dev.tidemark.cache.table.TableCopy;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies a data directory while it is in use, or while it is not (LLP 0012).
 *
 * <p>What sinks say was delivered is copied first, so that no mark is ahead of the rows; then the log is held, then each
 * table's metadata is read, and then the log is copied as far as it is durable by then: the order of {@link Verifier}.
 */
final class Backup {
    private final Path directory;
    private final Path target;
    private final DurableFiles files;
    private final Instant now;

    Backup(Path directory, Path target, DurableFiles files, Instant now) {
        this.directory = directory;
        this.target = target;
        this.files = files;
        this.now = now;
    }

    /** Takes the hold when it is time. */
    @FunctionalInterface
    interface Holding {
        SpoolHold hold() throws IOException;
    }

    void run(Cache.BackupPart others, Holding log) throws IOException {
        if (target.startsWith(directory) || !files.list(target).isEmpty()) {
            throw new FileAlreadyExistsException(
                    target.toString(),
                    null,
                    "a backup goes into a directory of its own that is empty or not there yet");
        }
        files.createDirectories(target);
        // durable: I19 backup.unfinished
        BackupMark.unfinished(now).write(target, files);
        FileCopies copies = new FileCopies(files);
        copies.write(target.resolve("lock"), new byte[0]);
        for (String name : List.of("identity", "lives")) {
            copies.copy(directory.resolve(name), target.resolve(name));
        }
        others.copy(directory, target, copies);
        List<Path> locations = new ArrayList<>();
        List<TableCopy> tables = new ArrayList<>();
        try (SpoolHold held = log.hold()) {
            for (Path location : files.list(directory.resolve("tables"))) {
                locations.add(location);
                tables.add(new TableCopy(files, location));
            }
            held.copyTo(target.resolve("spool"), copies);
            // Last: what the log has given up has its record by now.
            // durable: I16 backup.quarantine
            copies.copyAll(directory.resolve("quarantine"), target.resolve("quarantine"));
        }
        for (int i = 0; i < tables.size(); i++) {
            tables.get(i).copyTo(target.resolve(directory.relativize(locations.get(i))), copies);
        }
        // durable: I19 backup.sync
        copies.sync();
        // Whole from here: everything that the copy needs is on disk.
        // durable: I19 backup.whole
        BackupMark.whole(now).write(target, files);
    }
}
