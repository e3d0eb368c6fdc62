// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Appends of one row each: by one producer after the other, and by many at once, who share a sync. */
final class ProducersFamily implements Family {
    static final String NAME = "producers";
    private static final String ONE = "one";
    private static final String MANY = "many";
    private static final String BYTES = "row-bytes";
    private static final int PRODUCERS = 64;
    private static final int APPENDS_OF_ONE = 1000;
    private static final int APPENDS_OF_EACH = 250;
    private static final double MANY_BAR = 10;
    private static final double BYTES_BAR = 1024;

    /** So large that no segment is made while it is measured. */
    private static final long SEGMENT_BYTES = 64 << 20;

    private final BufferAllocator memory = new RootAllocator();
    private final List<RowBatch> rows = new ArrayList<>();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "one-row appends of logs-v1, durable each, by one producer and by " + PRODUCERS + " at once";
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone(ONE, "rows/s", "one producer, one row an append"),
                Measure.beside(ONE, MANY_BAR, MANY, "rows/s", PRODUCERS + " producers, one row an append"),
                Measure.capped(
                        BYTES_BAR, BYTES, "B/row", "bytes that go to the disk for one such append of 499 B of JSON"));
    }

    @Override
    public void prepare(int wanted) {
        for (int row = 0; row < PRODUCERS; row++) {
            rows.add(LogsBatches.batch(LogsBatches.DATASET, memory, row, 1));
        }
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        CountingDisk disk = new CountingDisk();
        try (BenchCache cache = BenchCache.open(directory.resolve("data"), disk, memory, SEGMENT_BYTES)) {
            cache.declare();
            CountingDisk.Count before = disk.count();
            long begun = System.nanoTime();
            for (int append = 0; append < APPENDS_OF_ONE; append++) {
                cache.append(rows.get(append % rows.size()));
            }
            score.enter(ONE, APPENDS_OF_ONE, System.nanoTime() - begun);
            score.note(BYTES, (double) disk.count().since(before).bytesWritten() / APPENDS_OF_ONE);
            begun = System.nanoTime();
            appendAtOnce(cache);
            score.enter(MANY, (double) PRODUCERS * APPENDS_OF_EACH, System.nanoTime() - begun);
        }
    }

    private void appendAtOnce(BenchCache cache) throws IOException {
        List<Future<?>> producers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (RowBatch row : rows) {
                producers.add(threads.submit(() -> {
                    for (int append = 0; append < APPENDS_OF_EACH; append++) {
                        cache.append(row);
                    }
                    return null;
                }));
            }
        }
        for (Future<?> producer : producers) {
            try {
                producer.get();
            } catch (ExecutionException e) {
                throw new IOException("a producer failed", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BrokenPromise("interrupted while producers appended");
            }
        }
    }

    @Override
    public void close() {
        rows.forEach(RowBatch::close);
        memory.close();
    }
}
