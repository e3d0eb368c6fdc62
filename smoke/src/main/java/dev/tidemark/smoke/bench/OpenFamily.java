// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** How long a cache takes to open with nothing in it, and with a long backlog and many files. */
final class OpenFamily implements Family {
    static final String NAME = "open";
    private static final int FILES = 1000;
    private static final long SPOOL_BYTES = 10L << 30;
    private static final int BATCH_ROWS = 1000;
    private static final int BATCHES = 50;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double MEBIBYTE = 1 << 20;
    private static final double EXTRA_MILLIS_BAR = 300;
    private static final double READ_BAR = 64;

    private final BufferAllocator memory = new RootAllocator();
    private final ScratchDirectory scratch;

    OpenFamily() throws IOException {
        this.scratch = ScratchDirectory.create();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "Cache.open with nothing, and with 10 GiB of spool behind a table of 1,000 files";
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone("empty", "ms", "a cache without a row"),
                Measure.alone("full", "ms", "10 GiB of unflushed rows, 1,000 data files"),
                Measure.capped(EXTRA_MILLIS_BAR, "extra", "ms", "full less empty"),
                Measure.capped(READ_BAR, "read", "MiB", "read from the disk by the full one"));
    }

    @Override
    public void prepare(int wanted) throws IOException {
        open("empty", new CountingDisk()).close();
        try (BenchCache full = open("full", new CountingDisk())) {
            fill(full);
        }
    }

    private void fill(BenchCache cache) throws IOException {
        List<RowBatch> batches = new ArrayList<>();
        for (int batch = 0; batch < BATCHES; batch++) {
            batches.add(LogsBatches.batch(LogsBatches.DATASET, memory, batch * BATCH_ROWS, BATCH_ROWS));
        }
        try (RowBatch row = LogsBatches.batch(LogsBatches.DATASET, memory, 0, 1)) {
            cache.declare();
            for (int file = 0; file < FILES; file++) {
                cache.append(row);
                cache.flush();
            }
            for (int next = 0; cache.cache().spoolBytes() < SPOOL_BYTES; next++) {
                cache.append(batches.get(next % BATCHES));
            }
        } finally {
            batches.forEach(RowBatch::close);
        }
    }

    private BenchCache open(String name, CountingDisk disk) throws IOException {
        return BenchCache.open(scratch.path().resolve(name), disk, memory, BenchCache.SEGMENT_BYTES);
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        double empty = openMillis("empty", new CountingDisk());
        CountingDisk disk = new CountingDisk();
        double full = openMillis("full", disk);
        score.note("empty", empty);
        score.note("full", full);
        score.note("extra", full - empty);
        score.note("read", disk.count().bytesRead() / MEBIBYTE);
    }

    private double openMillis(String name, CountingDisk disk) throws IOException {
        long begun = System.nanoTime();
        BenchCache opened = open(name, disk);
        double millis = (System.nanoTime() - begun) / NANOS_PER_MILLI;
        opened.close();
        return millis;
    }

    @Override
    public void close() throws IOException {
        memory.close();
        scratch.close();
    }
}
