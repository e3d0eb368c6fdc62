// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;

/** Does to a disk what the spool and the tables do to it, each for a quarter of the time, and counts. */
final class DiskTrial {
    private static final int PARTS = 4;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int SMALL = 4 << 10;
    private static final int GROUP = 64 << 10;
    private static final int BLOCK = 1 << 20;

    /** A file grows to this and is written over from its beginning, as segments are. */
    private static final long FILE_BYTES = 16L << 20;

    private static final int SAMPLES_MAX = 1 << 20;

    private final Disk disk;
    private final Path scratch;
    private final long nanos;
    private final Consumer<String> progress;

    DiskTrial(Disk disk, Path scratch, int seconds, Consumer<String> progress) {
        this.disk = disk;
        this.scratch = scratch;
        this.nanos = Duration.ofSeconds(seconds).toNanos() / PARTS;
        this.progress = progress;
    }

    /**
     * How fast something was.
     *
     * @param typical milliseconds of one in the middle; {@code rare}: of one in a hundred; {@code worst}: of the slowest
     */
    record Measured(double perSecond, double bytesPerSecond, double typical, double rare, double worst) {
        static Measured of(long[] nanos, long bytes, long took) {
            long[] sorted = nanos.clone();
            Arrays.sort(sorted);
            double seconds = Math.max(1, took) / NANOS_PER_SECOND;
            return new Measured(
                    sorted.length / seconds,
                    bytes / seconds,
                    millis(sorted, 0.5),
                    millis(sorted, 0.99),
                    millis(sorted, 1));
        }

        private static double millis(long[] sorted, double quantile) {
            int at = (int) Math.round(quantile * (sorted.length - 1));
            return sorted.length == 0 ? 0 : Math.round(sorted[at] / 1e3) / 1e3;
        }
    }

    @FunctionalInterface
    private interface Step {
        long bytes(long turn) throws IOException;
    }

    /** One small append at a time, each synced. */
    Measured small() throws IOException {
        return synced("small appends", SMALL);
    }

    /** What many producers together make of it. */
    Measured groups() throws IOException {
        return synced("groups", GROUP);
    }

    private Measured synced(String name, int size) throws IOException {
        Path path = scratch.resolve(name.replace(' ', '-'));
        try (DiskFile file = disk.create(path)) {
            fill(file);
            return repeat(name, turn -> {
                file.write(ByteBuffer.allocate(size), turn * size % FILE_BYTES);
                file.sync();
                return size;
            });
        }
    }

    /** A file of a table: big, with one sync at its end. */
    Measured stream() throws IOException {
        Path path = scratch.resolve("stream");
        try (DiskFile file = disk.create(path)) {
            return repeat("big files", turn -> {
                long at = turn * BLOCK % FILE_BYTES;
                file.write(ByteBuffer.allocate(BLOCK), at);
                if (at + BLOCK >= FILE_BYTES) {
                    file.sync();
                }
                return BLOCK;
            });
        }
    }

    /** A new name that is to stay. */
    Measured names() throws IOException {
        return repeat("new names", turn -> {
            Path path = scratch.resolve("name");
            disk.create(path).close();
            disk.syncDirectory(scratch);
            disk.delete(path);
            return 0;
        });
    }

    private static void fill(DiskFile file) throws IOException {
        for (long at = 0; at < FILE_BYTES; at += BLOCK) {
            file.write(ByteBuffer.allocate(BLOCK), at);
        }
        file.sync();
    }

    private Measured repeat(String name, Step step) throws IOException {
        long[] samples = new long[SAMPLES_MAX];
        long begun = System.nanoTime();
        long now = begun;
        long bytes = 0;
        int turn = 0;
        while (now - begun < nanos && turn < SAMPLES_MAX) {
            bytes += step.bytes(turn);
            long after = System.nanoTime();
            samples[turn++] = after - now;
            now = after;
            progress.accept(name + ": " + turn);
        }
        return Measured.of(Arrays.copyOf(samples, turn), bytes, now - begun);
    }
}
