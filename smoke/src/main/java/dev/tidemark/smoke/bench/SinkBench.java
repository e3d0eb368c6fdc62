// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.sinks.Dialect;
import dev.tidemark.sinks.DirectoryDestination;
import dev.tidemark.sinks.ForwardDestination;
import dev.tidemark.sinks.IcebergDestination;
import dev.tidemark.sinks.IcebergDestination.Maintenance;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.SinkSettings;
import dev.tidemark.sinks.Sinks;
import dev.tidemark.sinks.Start;
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;

/** A cache of the workload's rows whose partitions take turns, and the sinks of it. */
final class SinkBench implements AutoCloseable {
    static final int BATCH_ROWS = 1000;
    /** Rows that the workload has in less than a day, in whole batches. */
    private static final int DAY_ROWS = 800_000;

    private static final String DATASET = "logs";
    private static final ObjectFormat PARQUET = new ObjectFormat(ObjectFormat.Kind.PARQUET, "zstd", Hidden.LEFT_OUT);

    private final Cache cache;
    private final CountingDisk disk;
    private final BufferAllocator memory;
    private final int partitions;

    private SinkBench(Cache cache, CountingDisk disk, BufferAllocator memory, int partitions) {
        this.cache = cache;
        this.disk = disk;
        this.memory = memory;
        this.partitions = partitions;
    }

    static SinkBench open(Path directory, BufferAllocator memory, int partitions) throws IOException {
        CountingDisk disk = new CountingDisk();
        DurableFiles files = new DurableFiles(disk);
        files.createDirectories(directory);
        Cache.Options options = new Cache.Options(
                directory, Sequence.NONE, BenchCache.SEGMENT_BYTES, BenchCache.FLUSH_ROWS, BenchCache.FLUSH_BYTES);
        return new SinkBench(Cache.open(options, files, memory, InstantSource.system()), disk, memory, partitions);
    }

    CountingDisk disk() {
        return disk;
    }

    /** Appends so many rows, and flushes them as a daemon would. */
    void fill(int rows) throws IOException {
        for (int from = 0; from < rows; from += BATCH_ROWS) {
            append(from, partitions);
            if ((from + BATCH_ROWS) % BenchCache.FLUSH_ROWS == 0) {
                cache.flush(DATASET);
            }
        }
        cache.flush(DATASET);
    }

    /** Appends rows whose times are all of one day, and flushes them as a daemon would. */
    void fillOneDay(int first, int rows) throws IOException {
        for (int from = first; from < first + rows; from += BATCH_ROWS) {
            append(from % DAY_ROWS, partitions);
        }
        cache.flush(DATASET);
    }

    /** Appends a thousand rows, so many partitions taking turns. */
    void append(int turns) throws IOException {
        append(0, turns);
    }

    private void append(int from, int turns) throws IOException {
        Dataset known = cache.dataset(DATASET).orElse(LogsBatches.PARTITIONED);
        try (RowBatch batch = LogsBatches.batch(
                known, memory, BATCH_ROWS, row -> from + row, row -> "p-%05d".formatted((from + row) % turns))) {
            BenchCache.require(cache.append(batch));
        }
    }

    /** Every row, as a sink reads them; the caller closes them. */
    List<RowBatch> read() throws IOException {
        List<RowBatch> batches = new ArrayList<>();
        try (RowStream stream =
                cache.readRowsSince(ReadRequest.since(cache.continuation(Scope.whole(DATASET), Position.START)))) {
            for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                batches.add(batch);
            }
        }
        return batches;
    }

    /** Batches put together to units of about so many rows. */
    static List<List<RowBatch>> units(List<RowBatch> batches, int rows) {
        List<List<RowBatch>> units = new ArrayList<>();
        List<RowBatch> unit = new ArrayList<>();
        int count = 0;
        for (RowBatch batch : batches) {
            unit.add(batch);
            count += batch.rows();
            if (count >= rows) {
                units.add(unit);
                unit = new ArrayList<>();
                count = 0;
            }
        }
        if (!unit.isEmpty()) {
            units.add(unit);
        }
        return units;
    }

    Sinks sinks(Path directory, SinkSettings settings) throws IOException {
        return Sinks.open(directory, cache, new DurableFiles(disk), InstantSource.system(), List.of(settings));
    }

    /** A sink of Parquet files in a directory. */
    static SinkSettings archive(Path directory, String start) {
        ObjectLimits limits = new ObjectLimits(1_000_000, 128L << 20, Duration.ofMinutes(15));
        return new SinkSettings(
                "archive",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse(start),
                new DirectoryDestination(directory.resolve("export"), "edge", PARQUET, limits));
    }

    /** A sink of an Iceberg table in a directory, of which any two files of a partition are worth a rewrite. */
    static SinkSettings lake(Path directory) {
        return new SinkSettings(
                "lake",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new IcebergDestination(
                        new IcebergDestination.Directory(directory.resolve("lake")),
                        "edge",
                        new Maintenance(1, Duration.ofDays(1), 2, Long.MAX_VALUE),
                        Map.of(DATASET, List.of("host"))));
    }

    /** A sink that posts lines of JSON, zstd, to somebody who understands no protocol. */
    static SinkSettings central(URI uri, int unitRows) {
        return new SinkSettings(
                "central",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new ForwardDestination(
                        uri,
                        Dialect.PLAIN,
                        new ForwardDestination.Authorization.None(),
                        Map.of(),
                        null,
                        ForwardDestination.WireFormat.NDJSON,
                        Compression.ZSTD,
                        Hidden.LEFT_OUT,
                        new ObjectLimits(unitRows, 4L << 20, Duration.ZERO),
                        0,
                        ForwardDestination.Timeouts.DEFAULT,
                        ForwardDestination.Tls.OF_THE_HOST));
    }

    @Override
    public void close() throws IOException {
        cache.close();
    }
}
