// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/** Small files that become one, beside the same rows read and written bare; and what appends feel of it. */
final class UpkeepFamily implements Family {
    static final String NAME = "upkeep";
    private static final int FILES = 16;
    private static final int BATCH_ROWS = 1000;
    private static final int APPENDS = 300;
    private static final int APPENDED_ROWS = 100;
    /** Enough for more flush files than a merge wants. */
    private static final int HEAP_ROWS = 3_000_000;

    private static final double BAR = 0.5;
    private static final double LATENCY_BAR = 1.1;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double PERCENTILE = 0.99;

    private final BufferAllocator memory = new RootAllocator();
    private final List<RowBatch> batches = new ArrayList<>();
    private int rows;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "the rows of " + FILES
                + " small files into one, each read, written, synced, read back and hashed twice; "
                + "100-row appends meanwhile; a child merges 3 million in "
                + String.join(" ", MemoryFamily.LIMITS);
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone("bare", "rows/s", "the same rows through Parquet alone: out of a file, and into one"),
                Measure.beside("bare", BAR, "compaction", "rows/s", "merged, proved, committed"),
                Measure.alone("p99-alone", "ms", APPENDS + " appends with nothing beside them"),
                Measure.within("p99-alone", LATENCY_BAR, "p99-beside", "ms", "appends while files are merged"),
                Measure.alone("peak", "MiB", "VmHWM of the child"));
    }

    @Override
    public void prepare(int wanted) {
        rows = Math.ceilDiv(wanted, BATCH_ROWS * FILES) * BATCH_ROWS * FILES;
        for (int from = 0; from < rows; from += BATCH_ROWS) {
            batches.add(LogsBatches.batch(LogsBatches.DATASET, memory, from, BATCH_ROWS));
        }
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        Path file = directory.resolve("bare.parquet");
        long begun = System.nanoTime();
        BareParquet.write(batches, file);
        long read = BareParquet.read(file, memory);
        score.enter("bare", rows, System.nanoTime() - begun);
        BrokenPromise.unless(read == rows, "%d rows were read bare", read);
        try (BenchCache cache = filled(directory.resolve("alone"))) {
            begun = System.nanoTime();
            long merged = cache.compact();
            score.enter("compaction", (double) merged, System.nanoTime() - begun);
            score.note("p99-alone", appended(cache, APPENDS, null));
        }
        try (BenchCache cache = filled(directory.resolve("beside"));
                ExecutorService upkeep = Executors.newSingleThreadExecutor()) {
            Future<Long> merging = upkeep.submit(cache::compact);
            score.note("p99-beside", appended(cache, APPENDS, merging));
            BrokenPromise.unless(merging.get() > rows / 2, "little was merged");
        } catch (ExecutionException e) {
            throw new IOException("a merge failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokenPromise("interrupted while files were merged");
        }
        score.note("peak", MemoryFamily.peakMebibytes(directory.resolve("heap"), HEAP_ROWS, "compact"));
    }

    private BenchCache filled(Path directory) throws IOException {
        BenchCache cache = BenchCache.open(directory, new LocalDisk(), memory, BenchCache.SEGMENT_BYTES);
        cache.declare();
        int each = batches.size() / FILES;
        for (int i = 0; i < batches.size(); i++) {
            cache.append(batches.get(i));
            if ((i + 1) % each == 0) {
                cache.flush();
            }
        }
        return cache;
    }

    /** The 99th percentile of how long an append takes, at most so many of them, as long as something goes on. */
    private double appended(BenchCache cache, int appends, @Nullable Future<?> beside) throws IOException {
        double[] millis = new double[appends];
        int done = 0;
        try (RowBatch few = LogsBatches.batch(LogsBatches.DATASET, memory, 0, APPENDED_ROWS)) {
            while (done < appends && (beside == null || done == 0 || !beside.isDone())) {
                long begun = System.nanoTime();
                cache.append(few);
                millis[done++] = (System.nanoTime() - begun) / NANOS_PER_MILLI;
            }
        }
        Arrays.sort(millis, 0, done);
        return millis[(int) Math.min(done - 1, Math.ceil(done * PERCENTILE))];
    }

    @Override
    public void close() {
        batches.forEach(RowBatch::close);
        memory.close();
    }
}
