// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.cache.files.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees how fast the disk fills, and says so at half, three quarters and nine tenths.
 *
 * <p>What is left is divided by what went in the last minutes, whoever took it. Safe for use by several threads.
 */
final class DiskWatch {
    private static final Logger LOG = LoggerFactory.getLogger(DiskWatch.class);
    private static final int[] PERCENTS = {50, 75, 90};
    private static final int PERCENT_WHOLE = 100;
    private static final Duration SPAN = Duration.ofMinutes(5);

    private final Disk disk;
    private final Path directory;
    private final LongSupplier reserveBytes;
    private final InstantSource clock;
    private @Nullable Sample older;
    private @Nullable Sample newer;
    private int said;

    private record Sample(Instant at, long freeBytes) {}

    DiskWatch(Disk disk, Path directory, LongSupplier reserveBytes, InstantSource clock) {
        this.disk = disk;
        this.directory = directory;
        this.reserveBytes = reserveBytes;
        this.clock = clock;
    }

    /** Looks once; to be called about every second. */
    synchronized void look() throws IOException {
        long free = disk.usableBytes(directory);
        Sample now = new Sample(clock.instant(), free);
        if (newer == null || now.at().isAfter(newer.at().plus(SPAN)) || now.at().isBefore(newer.at())) {
            older = newer == null || now.at().isBefore(newer.at()) ? now : newer;
            newer = now;
        }
        say(free, disk.totalBytes(directory));
    }

    private void say(long free, long total) {
        long used = total <= 0 ? 0 : (total - free) / Math.max(1, total / PERCENT_WHOLE);
        int reached = 0;
        for (int percent : PERCENTS) {
            reached = used >= percent ? percent : reached;
        }
        if (reached > said) {
            LOG.warn("the disk is {} % full free={} directory={}", reached, free, directory);
        }
        said = reached;
    }

    /** Seconds until rows are refused, if it goes on as in the last minutes; null when nothing was taken. */
    synchronized @Nullable Long fullEtaSeconds() throws IOException {
        Sample from = older;
        long free = disk.usableBytes(directory);
        if (from == null || from.freeBytes() <= free) {
            return null;
        }
        double seconds =
                Math.max(1, Duration.between(from.at(), clock.instant()).toMillis() / 1000.0);
        double perSecond = (from.freeBytes() - free) / seconds;
        return (long) (Math.max(0, free - reserveBytes.getAsLong()) / perSecond);
    }
}
