// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.workload.LogsWorkload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;

/** A cache that is filled once, and of whose copies the older half goes. */
final class PrunedHalves {
    private static final int BATCH_ROWS = 1000;
    private static final double NANOS_PER_MILLI = 1e6;
    /** The rule's clock goes on while rows are looked at. */
    private static final double TOLERANCE = 0.01;

    private final Path source;
    private final int rows;
    private final BufferAllocator memory;

    private PrunedHalves(Path source, int rows, BufferAllocator memory) {
        this.source = source;
        this.rows = rows;
        this.memory = memory;
    }

    static PrunedHalves fill(Path source, int rows, BufferAllocator memory) throws IOException {
        try (BenchCache cache = BenchCache.open(source, new LocalDisk(), memory, BenchCache.SEGMENT_BYTES)) {
            cache.declare();
            for (int from = 0; from < rows; from += BATCH_ROWS) {
                try (RowBatch batch = LogsBatches.batch(LogsBatches.DATASET, memory, from, BATCH_ROWS)) {
                    cache.append(batch);
                }
                if ((from + BATCH_ROWS) % BenchCache.FLUSH_ROWS == 0) {
                    cache.flush();
                }
            }
            cache.flush();
        }
        return new PrunedHalves(source, rows, memory);
    }

    /** How long it takes until the older half of a copy has gone. */
    double millis(Path copy) throws IOException {
        copyTo(copy);
        try (BenchCache cache = BenchCache.open(copy, new LocalDisk(), memory, BenchCache.SEGMENT_BYTES)) {
            Instant middle = Instant.ofEpochMilli(LogsWorkload.row(rows / 2).millis());
            Duration age = Duration.between(middle, Instant.now());
            long begun = System.nanoTime();
            long removed = cache.prune(
                    new RetentionRule(age, Long.MAX_VALUE, null, Duration.ZERO, RetentionRule.OverQuota.REFUSE));
            double millis = (System.nanoTime() - begun) / NANOS_PER_MILLI;
            BrokenPromise.unless(
                    Math.abs(removed - rows / 2.0) < rows * TOLERANCE, "%d rows of %d went", removed, rows);
            return millis;
        }
    }

    /** Data files never change, so a second name is enough for them. */
    private void copyTo(Path copy) throws IOException {
        try (Stream<Path> everything = Files.walk(source)) {
            for (Path each : everything.toList()) {
                Path to = copy.resolve(source.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(to);
                } else if (each.toString().endsWith(".parquet")) {
                    Files.createLink(to, each);
                } else {
                    Files.copy(each, to);
                }
            }
        }
    }
}
