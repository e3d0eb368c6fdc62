// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.cache.CacheGlance;
import dev.tidemark.cache.Recovery;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.DataDirectory;
import dev.tidemark.daemon.Version;
import dev.tidemark.daemon.status.GlancedStatus;
import dev.tidemark.daemon.status.Status;
import dev.tidemark.sinks.SinkExamination;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import java.nio.file.Files;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** What can be said of a data directory without opening it, beside whoever has it open. */
final class StoppedStatus {
    private StoppedStatus() {}

    /** @param silent why the daemon that has the directory cannot be asked; null when none runs */
    static Status of(DataDirectory data, InstantSource clock, @Nullable String silent) throws IOException {
        if (!Files.exists(data.path().resolve("identity"))) {
            return Status.ofNothing(Version.current());
        }
        Disk disk = new LocalDisk();
        DurableFiles files = new DurableFiles(disk);
        Recovery.of(data.path(), files); // Refuses a backup that was never finished.
        SinkExamination sinks = Sinks.examine(data.path().resolve("sinks"), files);
        Status.DiskUse use = new Status.DiskUse(disk.usableBytes(data.path()), null, null);
        return GlancedStatus.of(CacheGlance.of(data.path(), files, clock), sinks, use, clock, silent);
    }
}
