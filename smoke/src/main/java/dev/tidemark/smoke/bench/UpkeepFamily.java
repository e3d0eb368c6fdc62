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
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/** What keeps tables in order: merges beside the same rows read and written bare, what appends feel of them, plans, prunes. */
final class UpkeepFamily implements Family {
    static final String NAME = "upkeep";
    private static final int FILES = 16;
    private static final int BATCH_ROWS = 1000;
    private static final int APPENDS = 300;
    private static final int APPENDED_ROWS = 100;
    /** Enough for more flush files than a merge wants. */
    private static final int HEAP_ROWS = 3_000_000;

    private static final int FLUSHES = 10_000;
    private static final int PRUNED_FEW = 1_000_000;
    private static final int PRUNED_MANY = 10_000_000;
    private static final double PLAN_MILLIS_BAR = 50;
    private static final double PRUNE_MILLIS_BAR = 500;
    private static final double PRUNE_GROWTH_BAR = 10;
    private static final double WRITTEN_BAR = 3;
    private static final double LARGE_PERCENT_BAR = 90;
    private static final double BAR = 0.5;
    private static final double LATENCY_BAR = 1.1;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double PERCENTILE = 0.99;

    private final BufferAllocator memory = new RootAllocator();
    private final List<RowBatch> batches = new ArrayList<>();
    private final ScratchDirectory scratch;
    private @Nullable ManyFlushes flushes;
    private @Nullable PrunedHalves few;
    private @Nullable PrunedHalves many;
    private TenMinutes minutes = new TenMinutes(0, 0);
    private int rows;

    UpkeepFamily() throws IOException {
        this.scratch = ScratchDirectory.create();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "the rows of " + FILES
                + " small files into one, each read, written, synced, read back and hashed twice; "
                + "100-row appends meanwhile; plans after 10,000 flushes; the older half goes; twelve million rows at once; a child merges 3 million in "
                + String.join(" ", MemoryFamily.LIMITS);
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone("bare", "rows/s", "the same rows through Parquet alone: out of a file, and into one"),
                Measure.beside("bare", BAR, "compaction", "rows/s", "merged, proved, committed"),
                Measure.alone("p99-alone", "ms", APPENDS + " appends with nothing beside them"),
                Measure.within("p99-alone", LATENCY_BAR, "p99-beside", "ms", "appends while files are merged"),
                Measure.capped(PLAN_MILLIS_BAR, "plan-merge", "ms", "after 10,000 flushes: what is merged next"),
                Measure.capped(PLAN_MILLIS_BAR, "plan-read", "ms", "which files a reader needs that has everything"),
                Measure.capped(PRUNE_MILLIS_BAR, "prune-1M", "ms", "half of a million rows goes"),
                Measure.within("prune-1M", PRUNE_GROWTH_BAR, "prune-10M", "ms", "half of ten million"),
                Measure.capped(WRITTEN_BAR, "written", "times", "ten minutes at 20,000 rows/s, played at once; once"),
                Measure.floor(LARGE_PERCENT_BAR, "in-large", "%", "of their bytes, in files that are not small; once"),
                Measure.alone("peak", "MiB", "VmHWM of the child"));
    }

    @Override
    public void prepare(int wanted) throws IOException {
        rows = Math.ceilDiv(wanted, BATCH_ROWS * FILES) * BATCH_ROWS * FILES;
        for (int from = 0; from < rows; from += BATCH_ROWS) {
            batches.add(LogsBatches.batch(LogsBatches.DATASET, memory, from, BATCH_ROWS));
        }
        minutes = TenMinutes.play(scratch.path().resolve("minutes"), batches, memory);
        few = PrunedHalves.fill(scratch.path().resolve("few"), PRUNED_FEW, memory);
        many = PrunedHalves.fill(scratch.path().resolve("many"), PRUNED_MANY, memory);
        flushes = ManyFlushes.of(scratch.path().resolve("flushes"), FLUSHES, memory);
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
        ManyFlushes flushed = Objects.requireNonNull(flushes);
        score.note("plan-merge", flushed.mergeMillis());
        score.note("plan-read", flushed.readMillis());
        score.note("prune-1M", Objects.requireNonNull(few).millis(directory.resolve("few")));
        score.note("prune-10M", Objects.requireNonNull(many).millis(directory.resolve("many")));
        score.note("written", minutes.written());
        score.note("in-large", minutes.inLarge());
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
    public void close() throws IOException {
        if (flushes != null) {
            flushes.close();
        }
        batches.forEach(RowBatch::close);
        memory.close();
        scratch.close();
    }
}
