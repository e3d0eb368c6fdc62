// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.cache.Life;
import dev.tidemark.cache.Recovery;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.Version;
import dev.tidemark.daemon.status.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What can be said of a data directory that nobody has open, without opening it. */
final class StoppedStatus {
    private static final String SEGMENT = ".spool";

    private StoppedStatus() {}

    static Status of(Path data) throws IOException {
        Disk disk = new LocalDisk();
        if (!Files.exists(data.resolve("identity"))) {
            return Status.stopped(Version.current(), null, null, null, null);
        }
        Recovery recovery = Recovery.of(data, new DurableFiles(disk));
        List<Life> lives = recovery.lives();
        return Status.stopped(
                Version.current(),
                recovery.incarnation(),
                lives.isEmpty() ? null : lives.getLast().life(),
                spool(data.resolve("spool"), disk),
                new Status.DiskUse(disk.usableBytes(data), null, null));
    }

    private static Status.SpoolUse spool(Path directory, Disk disk) throws IOException {
        List<Path> segments = new ArrayList<>();
        long bytes = 0;
        for (Path file : disk.list(directory)) {
            if (file.getFileName().toString().endsWith(SEGMENT)) {
                segments.add(file);
                bytes += Files.size(file);
            }
        }
        return new Status.SpoolUse(bytes, segments.size(), null, null, 0);
    }
}
