// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.metrics;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.PassingDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A disk that tells how long its syncs take. */
public final class TimedDisk extends PassingDisk {
    private final Metrics metrics;

    public TimedDisk(Disk disk, Metrics metrics) {
        super(disk);
        this.metrics = metrics;
    }

    @Override
    protected DiskFile written(DiskFile file) {
        return new PassingFile(file) {
            @Override
            public void sync() throws IOException {
                long begun = System.nanoTime();
                super.sync();
                metrics.synced(Duration.ofNanos(System.nanoTime() - begun));
            }
        };
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        long begun = System.nanoTime();
        super.syncDirectory(directory);
        metrics.synced(Duration.ofNanos(System.nanoTime() - begun));
    }
}
