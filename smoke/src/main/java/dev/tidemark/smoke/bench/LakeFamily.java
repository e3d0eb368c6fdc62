// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.sinks.SinkRun;
import dev.tidemark.sinks.Sinks;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** What an exported Iceberg table costs: its rows beside a bare column writer, its commits, its rewrite. */
final class LakeFamily implements Family {
    static final String NAME = "lake";
    private static final double BAR = 0.6;
    private static final double COMMIT_PERCENT_BAR = 5;
    private static final double COMMIT_NANOS = 10e9;
    private static final int COMMITS_BEFORE = 100;
    private static final int COMMITS = 20;
    private static final int REWRITTEN_FILES = 64;
    private static final int REWRITTEN_ROWS = 10_000_000;
    private static final double HUNDRED = 100;

    private final BufferAllocator memory = new RootAllocator();
    private final ScratchDirectory scratch;
    private final List<RowBatch> batches = new ArrayList<>();
    private LakeChild.Took rewrite = new LakeChild.Took(0, 0);
    private int rows;

    LakeFamily() throws IOException {
        this.scratch = ScratchDirectory.create();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "rows from the cache into an Iceberg table in a directory; commits of 1,000 rows after "
                + COMMITS_BEFORE + " others; a child rewrites " + REWRITTEN_FILES
                + " files of one partition, 10 million rows, in " + String.join(" ", MemoryFamily.LIMITS);
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone("columns", "rows/s", "the same vectors through bare column writers, zstd, synced"),
                Measure.beside(
                        "columns", BAR, "sink", "rows/s", "read, promised, laid out, sorted, written, committed"),
                Measure.alone("columns-cpu", "rows/s", "the same by processor time, which neighbours disturb less"),
                Measure.beside("columns-cpu", BAR, "sink-cpu", "rows/s", "the same by processor time of all threads"),
                Measure.capped(COMMIT_PERCENT_BAR, "commits", "%", "of one core, with a commit each ten seconds"),
                Measure.alone("rewrite", "rows/s", "sink maintain --compact; once"),
                Measure.alone("rewrite-peak", "MiB", "VmHWM of that child; once"));
    }

    @Override
    public void prepare(int wanted) throws IOException {
        rows = Math.ceilDiv(wanted, SinkBench.BATCH_ROWS) * SinkBench.BATCH_ROWS;
        for (int from = 0; from < rows; from += SinkBench.BATCH_ROWS) {
            batches.add(LogsBatches.batch(LogsBatches.DATASET, memory, from, SinkBench.BATCH_ROWS));
        }
        Path directory = scratch.path().resolve("rewrite");
        int each = Math.ceilDiv(REWRITTEN_ROWS, REWRITTEN_FILES * SinkBench.BATCH_ROWS) * SinkBench.BATCH_ROWS;
        try (SinkBench bench = SinkBench.open(directory, memory, 1);
                Sinks sinks = bench.sinks(directory.resolve("sinks"), SinkBench.lake(directory))) {
            for (int file = 0; file < REWRITTEN_FILES; file++) {
                bench.fillOneDay(file * each, each);
                require(sinks.run("lake"), each);
            }
        }
        rewrite = LakeChild.rewrite(directory, REWRITTEN_FILES, REWRITTEN_FILES * each);
    }

    private static void require(SinkRun run, long delivered) {
        BrokenPromise.unless(
                run.state().equals("idle") && run.deliveredRows() == delivered, "not %d rows: %s", delivered, run);
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long cpu = system.getProcessCpuTime();
        long begun = System.nanoTime();
        BareParquet.write(batches, directory.resolve("bare.parquet"));
        score.enter("columns", rows, System.nanoTime() - begun);
        score.enter("columns-cpu", rows, system.getProcessCpuTime() - cpu);
        Path many = directory.resolve("many");
        try (SinkBench bench = SinkBench.open(many, memory, 1)) {
            bench.fill(rows);
            try (Sinks sinks = bench.sinks(many.resolve("sinks"), SinkBench.lake(many))) {
                cpu = system.getProcessCpuTime();
                begun = System.nanoTime();
                require(sinks.run("lake"), rows);
                score.enter("sink", rows, System.nanoTime() - begun);
                score.enter("sink-cpu", rows, system.getProcessCpuTime() - cpu);
            }
        }
        Path few = directory.resolve("few");
        try (SinkBench bench = SinkBench.open(few, memory, 1);
                Sinks sinks = bench.sinks(few.resolve("sinks"), SinkBench.lake(few))) {
            commit(bench, sinks, COMMITS_BEFORE);
            cpu = 0;
            for (int commit = 0; commit < COMMITS; commit++) {
                bench.append(1);
                long before = system.getProcessCpuTime();
                require(sinks.run("lake"), SinkBench.BATCH_ROWS);
                cpu += system.getProcessCpuTime() - before;
            }
            score.note("commits", cpu / COMMIT_NANOS / COMMITS * HUNDRED);
        }
        score.enter("rewrite", rewrite.rows(), rewrite.nanos());
        score.note("rewrite-peak", rewrite.peakMebibytes());
    }

    private static void commit(SinkBench bench, Sinks sinks, int commits) throws IOException {
        for (int commit = 0; commit < commits; commit++) {
            bench.append(1);
            require(sinks.run("lake"), SinkBench.BATCH_ROWS);
        }
    }

    @Override
    public void close() throws IOException {
        batches.forEach(RowBatch::close);
        memory.close();
        scratch.close();
    }
}
