// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * What a reader pays that has nearly everything: nothing new, and a thousand new rows, behind a little and behind much.
 *
 * <p>Both caches are filled once, from the first 100,000 rows of the workload as often as it takes.
 */
final class SinceFamily implements Family {
    static final String NAME = "since";
    private static final int SMALL_ROWS = 100_000;
    private static final int LARGE_ROWS = 10_000_000;
    private static final int BATCH_ROWS = 1000;
    private static final int EMPTY_READS = 2001;
    private static final double GROWTH_BAR = 1.3;
    private static final double NANOS_PER_MILLI = 1e6;

    private final BufferAllocator memory = new RootAllocator();
    private final List<RowBatch> batches = new ArrayList<>();
    private final List<Filled> filled = new ArrayList<>();
    private final ScratchDirectory scratch;

    SinceFamily() throws IOException {
        this.scratch = ScratchDirectory.create();
    }

    /** A cache with so many rows in its table, and the disk under it. */
    private record Filled(String suffix, int rows, CountingDisk disk, BenchCache cache) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "a reader that has all but the newest rows, behind 100 thousand and behind 10 million in the table";
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone("empty-100k", "ms", "a read with nothing new, median of " + EMPTY_READS),
                Measure.within("empty-100k", GROWTH_BAR, "empty-10M", "ms", "the same behind 10 million rows"),
                Measure.capped(1, "empty-ms", "ms", "the slower of the two"),
                Measure.capped(0, "empty-opened", "files", "opened by all those reads, data or metadata"),
                Measure.alone("tail-100k", "ms", "1,000 new rows, still in the spool"),
                Measure.within("tail-100k", GROWTH_BAR, "tail-10M", "ms", "the same behind 10 million rows"),
                Measure.alone("table-100k", "ms", "1,000 new rows, flushed"),
                Measure.within("table-100k", GROWTH_BAR, "table-10M", "ms", "the same behind 10 million rows"),
                Measure.alone("opened-100k", "files", "opened by that read of flushed rows"),
                Measure.within("opened-100k", 1, "opened-10M", "files", "the same behind 10 million rows"));
    }

    @Override
    public void prepare(int wanted) throws IOException {
        for (int from = 0; from < SMALL_ROWS; from += BATCH_ROWS) {
            batches.add(LogsBatches.batch(LogsBatches.DATASET, memory, from, BATCH_ROWS));
        }
        filled.add(fill("100k", SMALL_ROWS));
        filled.add(fill("10M", LARGE_ROWS));
    }

    private Filled fill(String suffix, int rows) throws IOException {
        CountingDisk disk = new CountingDisk();
        BenchCache cache = BenchCache.open(scratch.path().resolve(suffix), disk, memory, BenchCache.SEGMENT_BYTES);
        cache.declare();
        for (int from = 0; from < rows; from += BATCH_ROWS) {
            cache.append(batches.get(from / BATCH_ROWS % batches.size()));
            if ((from + BATCH_ROWS) % BenchCache.FLUSH_ROWS == 0) {
                cache.flush();
            }
        }
        cache.flush();
        return new Filled(suffix, rows, disk, cache);
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        double slowest = 0;
        long openedForNothing = 0;
        for (Filled one : filled) {
            Continuation head = one.cache().head();
            CountingDisk.Count before = one.disk().count();
            double empty = emptyReadMillis(one.cache(), head);
            openedForNothing += one.disk().count().since(before).opened();
            slowest = Math.max(slowest, empty);
            score.note("empty-" + one.suffix(), empty);
        }
        score.note("empty-ms", slowest);
        score.note("empty-opened", (double) openedForNothing);
        for (Filled one : filled) {
            Continuation head = one.cache().head();
            one.cache().append(batches.getFirst());
            score.note("tail-" + one.suffix(), readMillis(one.cache(), head));
            one.cache().flush();
            CountingDisk.Count before = one.disk().count();
            score.note("table-" + one.suffix(), readMillis(one.cache(), head));
            long opened = one.disk().count().since(before).opened();
            score.note("opened-" + one.suffix(), (double) opened);
        }
    }

    private static double emptyReadMillis(BenchCache cache, Continuation head) throws IOException {
        double[] millis = new double[EMPTY_READS];
        for (int read = 0; read < EMPTY_READS; read++) {
            long begun = System.nanoTime();
            long rows = cache.read(head);
            millis[read] = (System.nanoTime() - begun) / NANOS_PER_MILLI;
            BrokenPromise.unless(rows == 0, "%d rows after the head", rows);
        }
        Arrays.sort(millis);
        return millis[EMPTY_READS / 2];
    }

    private static double readMillis(BenchCache cache, Continuation since) throws IOException {
        long begun = System.nanoTime();
        long rows = cache.read(since);
        double millis = (System.nanoTime() - begun) / NANOS_PER_MILLI;
        BrokenPromise.unless(rows == BATCH_ROWS, "%d rows were new, not %d", rows, BATCH_ROWS);
        return millis;
    }

    @Override
    public void close() throws IOException {
        for (Filled one : filled) {
            one.cache().close();
        }
        batches.forEach(RowBatch::close);
        memory.close();
        scratch.close();
    }
}
