// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.StaticTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Iceberg's own reader, which finds the table as path-based catalogs do, opens it while rows are appended and flushed. */
class OpenTableTest {
    private static final int FLUSHES = 30;
    private static final int ROWS = 50;

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    /** Plain files, with nothing of ours. */
    private static final class PlainFiles implements FileIO {
        private static final long serialVersionUID = 1L;

        @Override
        public InputFile newInputFile(String path) {
            return org.apache.iceberg.Files.localInput(path);
        }

        @Override
        public OutputFile newOutputFile(String path) {
            throw new UnsupportedOperationException("a reader writes nothing");
        }

        @Override
        public void deleteFile(String path) {
            throw new UnsupportedOperationException("a reader deletes nothing");
        }
    }

    private Table open() throws IOException {
        Path metadata = directory.resolve("tables/logs/metadata");
        String version = Files.readString(metadata.resolve("version-hint.text")).strip();
        String newest = metadata.resolve("v" + version + ".metadata.json").toString();
        return new BaseTable(new StaticTableOperations(newest, new PlainFiles()), "logs", report -> {});
    }

    private List<Long> readAll() throws IOException {
        List<Long> numbers = new ArrayList<>();
        try (CloseableIterable<Record> rows = IcebergGenerics.read(open()).build()) {
            rows.forEach(row -> numbers.add((Long) row.getField("n")));
        }
        numbers.sort(null);
        return numbers;
    }

    @Test
    @Tag("I5")
    void itSeesWholeFlushesAndNothingElseWhileRowsComeIn() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        try (Cache cache = Cache.open(
                new Cache.Options(directory, Sequence.NONE, 1 << 20, 1000, 1 << 20),
                new DurableFiles(new LocalDisk()),
                memory,
                ManualClock.started())) {
            appendAndFlush(cache, 0);
            CompletableFuture<Integer> reader = CompletableFuture.supplyAsync(() -> {
                int reads = 0;
                int before = ROWS;
                while (!done.get()) {
                    before = readOnce(before);
                    reads++;
                }
                return reads;
            });
            for (int flush = 1; flush < FLUSHES; flush++) {
                appendAndFlush(cache, flush);
            }
            done.set(true);
            assertTrue(reader.get() > 0);
        }
        assertEquals(LongStream.range(0, FLUSHES * (long) ROWS).boxed().toList(), readAll());
    }

    private int readOnce(int before) {
        try {
            List<Long> numbers = readAll();
            assertEquals(LongStream.range(0, numbers.size()).boxed().toList(), numbers);
            assertEquals(0, numbers.size() % ROWS);
            assertTrue(numbers.size() >= before, numbers.size() + " rows after " + before);
            return numbers.size();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void appendAndFlush(Cache cache, int flush) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, flush * (long) ROWS, ROWS, "a", "b")) {
            assertInstanceOf(AppendOutcome.Appended.class, cache.append(batch));
        }
        cache.flush("logs");
    }
}
