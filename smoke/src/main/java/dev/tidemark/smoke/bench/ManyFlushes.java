// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;

/** A cache of many flushes that nobody merged. */
final class ManyFlushes implements AutoCloseable {
    private static final double NANOS_PER_MILLI = 1e6;

    private final BenchCache cache;

    private ManyFlushes(BenchCache cache) {
        this.cache = cache;
    }

    static ManyFlushes of(Path directory, int flushes, BufferAllocator memory) throws IOException {
        BenchCache cache = BenchCache.open(directory, new LocalDisk(), memory, BenchCache.SEGMENT_BYTES);
        cache.declare();
        try (RowBatch one = LogsBatches.batch(LogsBatches.DATASET, memory, 0, 1)) {
            for (int flush = 0; flush < flushes; flush++) {
                cache.append(one);
                cache.flush();
            }
        }
        return new ManyFlushes(cache);
    }

    /** How long it takes to decide what is merged next. */
    double mergeMillis() throws IOException {
        long begun = System.nanoTime();
        boolean isWorthIt = cache.needsMerge();
        double millis = (System.nanoTime() - begun) / NANOS_PER_MILLI;
        BrokenPromise.unless(isWorthIt, "nothing is worth a merge");
        return millis;
    }

    /** How long it takes to find out which of the files a reader needs that has everything. */
    double readMillis() throws IOException {
        long begun = System.nanoTime();
        long rows = cache.read(cache.head());
        double millis = (System.nanoTime() - begun) / NANOS_PER_MILLI;
        BrokenPromise.unless(rows == 0, "%d rows were read after the last", rows);
        return millis;
    }

    @Override
    public void close() throws IOException {
        cache.close();
    }
}
