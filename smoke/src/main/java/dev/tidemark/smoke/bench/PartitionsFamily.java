// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.internal.column.columnindex.ColumnIndex;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.apache.parquet.io.LocalInputFile;

/**
 * How the rows of 1, 100 and 10,000 partitions lie in one flush file: as they came, clustered by partition within each run
 * of rows that makes a page, and sorted by partition as a whole.
 *
 * <p>Rows in another order are rows that came in that order, so all files are the product's own.
 */
final class PartitionsFamily implements Family {
    static final String NAME = "partitions";
    private static final int ROWS = 200_000;
    private static final int BATCH_ROWS = 1000;
    /** What a page has at most. */
    private static final int RUN_ROWS = 20_000;

    private static final int SPREAD = 7919;
    private static final List<Integer> PARTITIONS = List.of(1, 100, 10_000);
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double MEBI = 1 << 20;

    private final BufferAllocator memory = new RootAllocator();

    /** An order of rows: which of the workload's rows comes at which place. */
    private record Layout(String suffix, int partitions, IntUnaryOperator partitionOfRow, IntUnaryOperator rowAt) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "one flush file of 200,000 rows in 1, 100 and 10,000 partitions, rows as they came and clustered";
    }

    @Override
    public List<Measure> measures() {
        List<Measure> measures = new ArrayList<>();
        for (int partitions : PARTITIONS) {
            String came = Integer.toString(partitions);
            String clustered = partitions + "-c";
            String sorted = partitions + "-s";
            measures.add(Measure.alone("size-" + came, "MiB", "the file, rows as they came"));
            measures.add(Measure.alone("size-" + clustered, "MiB", "clustered"));
            measures.add(Measure.alone("size-" + sorted, "MiB", "sorted by partition as a whole"));
            measures.add(Measure.alone("whole-" + came, "ms", "half of the rows, since a token in the middle"));
            measures.add(Measure.alone("whole-mib-" + came, "MiB", "read from disk by it"));
            measures.add(Measure.alone("one-" + came, "ms", "those of one partition"));
            measures.add(Measure.alone("one-mib-" + came, "MiB", "read from disk by it"));
            measures.add(Measure.alone("pages-" + came, "MiB", "of pages that can have its rows"));
            measures.add(Measure.alone("pages-" + clustered, "MiB", "the same, clustered"));
            measures.add(Measure.alone("pages-" + sorted, "MiB", "the same, sorted"));
        }
        return measures;
    }

    @Override
    public void prepare(int wanted) {
        // Each round makes its own rows.
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        for (int partitions : PARTITIONS) {
            IntUnaryOperator partitionOfRow = row -> row * SPREAD % partitions;
            int[] clustered = clustered(partitionOfRow, RUN_ROWS);
            int[] sorted = clustered(partitionOfRow, ROWS);
            Layout came = new Layout("" + partitions, partitions, partitionOfRow, row -> row);
            measure(directory, came, score);
            measure(directory, new Layout(partitions + "-c", partitions, partitionOfRow, at -> clustered[at]), score);
            measure(directory, new Layout(partitions + "-s", partitions, partitionOfRow, at -> sorted[at]), score);
        }
    }

    private static int[] clustered(IntUnaryOperator partitionOfRow, int runRows) {
        return IntStream.range(0, ROWS)
                .boxed()
                .sorted(Comparator.<Integer>comparingInt(row -> row / runRows)
                        .thenComparingInt(partitionOfRow::applyAsInt))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private void measure(Path scratch, Layout layout, Score score) throws IOException {
        Path directory = scratch.resolve(layout.suffix());
        CountingDisk disk = new CountingDisk();
        DurableFiles files = new DurableFiles(disk);
        files.createDirectories(directory);
        Cache.Options options =
                new Cache.Options(directory, Sequence.NONE, BenchCache.SEGMENT_BYTES, ROWS, Long.MAX_VALUE >> 1);
        try (Cache cache = Cache.open(options, files, memory, InstantSource.system())) {
            for (int from = 0; from < ROWS; from += BATCH_ROWS) {
                append(cache, layout, from);
            }
            cache.flush(LogsBatches.PARTITIONED.name());
            Path file = onlyFile(directory.resolve("tables/logs/data"));
            score.note("size-" + layout.suffix(), Files.size(file) / MEBI);
            String one = name(layout.partitions() / 2);
            score.note("pages-" + layout.suffix(), pagesOf(file, one) / MEBI);
            if (layout.suffix().equals(Integer.toString(layout.partitions()))) {
                Position middle = Position.after(new Sequence(ROWS / 2));
                Scope whole = Scope.whole("logs");
                Scope part = Scope.of(new Partition("logs", one));
                read(cache, disk, cache.continuation(whole, middle), "whole", layout, score);
                read(cache, disk, cache.continuation(part, middle), "one", layout, score);
            }
        }
    }

    private void append(Cache cache, Layout layout, int from) throws IOException {
        Dataset known = cache.dataset("logs").orElse(LogsBatches.PARTITIONED);
        try (RowBatch batch = LogsBatches.batch(
                known,
                memory,
                BATCH_ROWS,
                row -> layout.rowAt().applyAsInt(from + row),
                row -> name(layout.partitionOfRow().applyAsInt(layout.rowAt().applyAsInt(from + row))))) {
            BenchCache.require(cache.append(batch));
        }
    }

    private static String name(int partition) {
        return "p-%05d".formatted(partition);
    }

    private static void read(
            Cache cache, CountingDisk disk, Continuation since, String what, Layout layout, Score score)
            throws IOException {
        CountingDisk.Count before = disk.count();
        long begun = System.nanoTime();
        long rows = BenchCache.read(cache, since);
        score.note(what + "-" + layout.suffix(), (System.nanoTime() - begun) / NANOS_PER_MILLI);
        score.note(what + "-mib-" + layout.suffix(), disk.count().since(before).bytesRead() / MEBI);
        int wanted = ROWS / 2 / (what.equals("one") ? layout.partitions() : 1);
        BrokenPromise.unless(rows == wanted, "%d rows were read, not %d", rows, wanted);
    }

    private static Path onlyFile(Path data) throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            return files.findFirst().orElseThrow();
        }
    }

    /** The bytes of all columns' pages in the file's second half that lie beside a page of the partition column with the value. */
    private static long pagesOf(Path file, String partition) throws IOException {
        long bytes = 0;
        try (ParquetFileReader reader = new ParquetFileReader(
                new LocalInputFile(file),
                ParquetReadOptions.builder(new PlainParquetConfiguration()).build())) {
            long first = 0;
            for (BlockMetaData group : reader.getRowGroups()) {
                first += group.getRowCount();
                if (first > ROWS / 2) {
                    bytes += pagesOf(reader, group, partition);
                }
            }
        }
        return bytes;
    }

    private static long pagesOf(ParquetFileReader reader, BlockMetaData group, String partition) throws IOException {
        boolean[] wanted = new boolean[Math.toIntExact(group.getRowCount())];
        for (ColumnChunkMetaData chunk : group.getColumns()) {
            if (chunk.getPath().toDotString().equals("service")) {
                mark(reader.readColumnIndex(chunk), reader.readOffsetIndex(chunk), partition, wanted);
            }
        }
        long bytes = 0;
        for (ColumnChunkMetaData chunk : group.getColumns()) {
            OffsetIndex pages = reader.readOffsetIndex(chunk);
            for (int page = 0; page < pages.getPageCount(); page++) {
                boolean any = false;
                long last = pages.getLastRowIndex(page, wanted.length);
                for (long row = pages.getFirstRowIndex(page); row <= last; row++) {
                    any |= wanted[(int) row];
                }
                bytes += any ? pages.getCompressedPageSize(page) : 0;
            }
        }
        return bytes;
    }

    private static void mark(ColumnIndex values, OffsetIndex pages, String partition, boolean[] wanted) {
        for (int page = 0; page < pages.getPageCount(); page++) {
            if (text(values.getMinValues().get(page)).compareTo(partition) <= 0
                    && text(values.getMaxValues().get(page)).compareTo(partition) >= 0) {
                Arrays.fill(
                        wanted,
                        (int) pages.getFirstRowIndex(page),
                        (int) pages.getLastRowIndex(page, wanted.length) + 1,
                        true);
            }
        }
    }

    private static String text(ByteBuffer value) {
        return StandardCharsets.UTF_8.decode(value.duplicate()).toString();
    }

    @Override
    public void close() {
        memory.close();
    }
}
