// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.sinks.Delivery;
import dev.tidemark.sinks.Intent;
import dev.tidemark.sinks.Lives;
import dev.tidemark.sinks.Range;
import dev.tidemark.sinks.Shipment;
import dev.tidemark.sinks.Track;
import dev.tidemark.sinks.encoding.RowEncoder;
import dev.tidemark.sinks.testing.Batches;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/** Units of one dataset with event times, and a sink that takes them, in a real directory. */
final class LakeUnits {
    static final Column TS = new Column(6, "ts", ColumnType.TIMESTAMP, false, true);
    static final Column N = new Column(7, "n", ColumnType.INT, false, false);
    static final Column HOST = new Column(8, "host", ColumnType.STRING, false, false);

    final DurableFiles files = new DurableFiles(new LocalDisk());
    final Path directory;
    final ManualClock clock = new ManualClock(Instant.now());
    private final BufferAllocator memory = new RootAllocator();
    private long sequence;

    LakeUnits(Path directory) {
        this.directory = directory;
    }

    Tables tables() {
        return new VersionedTables(
                new DiskShelf(files), "test", directory.resolve("edge").toString());
    }

    LakeReader reader() {
        return new LakeReader(files, directory.resolve("edge/logs"));
    }

    /** A sink of one instance of one cache, in its only life. */
    IcebergSink sink(Tables tables, String instance, List<String> lookup) throws IOException {
        IcebergSink sink =
                new IcebergSink(tables, Map.of("logs", lookup), "cache", instance, files.disk(), new Random(17), clock);
        sink.claim(new Lives("life", "life"::equals, joined -> {}), 0, Partition.all("logs"));
        return sink;
    }

    static Dataset dataset(Column... columns) {
        return new Dataset("logs", 1, List.of(columns), null, "ts");
    }

    static Batches.Row row(long sequence, @Nullable String time, Map<String, Object> values) {
        Map<String, Object> all = new HashMap<>(values);
        if (time != null) {
            all.put("ts", micros(Instant.parse(time)));
        }
        return new Batches.Row(sequence, micros(Instant.parse("2026-03-01T12:00:00Z")), all);
    }

    static long micros(Instant time) {
        return Math.multiplyExact(time.getEpochSecond(), 1_000_000L) + time.getNano() / 1000;
    }

    /** Rows at some times, numbered on from the last ones. */
    Shipment shipment(Dataset dataset, Position prior, List<@Nullable String> times) throws IOException {
        List<Batches.Row> rows = new ArrayList<>();
        for (String time : times) {
            sequence++;
            rows.add(row(sequence, time, Map.of("n", number(dataset), "host", "h" + sequence % 3)));
        }
        return shipment(dataset, prior, rows, "unit-" + sequence);
    }

    private Object number(Dataset dataset) {
        ColumnType type = dataset.column("n").orElse(N).type();
        return type.equals(ColumnType.LONG) ? (Object) (Long.MAX_VALUE - sequence) : (Object) (int) sequence;
    }

    Shipment shipment(Dataset dataset, Position prior, List<Batches.Row> rows, String name) throws IOException {
        Path file = directory.resolve(name);
        try (OutputStream out = Files.newOutputStream(file);
                RowEncoder.Encoding encoding = new LakeEncoder().start(out);
                RowBatch batch = Batches.of(memory, dataset, rows)) {
            encoding.add(batch);
            encoding.seal(Map.of());
        }
        long through = rows.getLast().sequence();
        Range range = new Range(Range.Order.SEQUENCE, prior.sequence(), through);
        Intent intent = new Intent(
                name,
                Track.main(Partition.all("logs")),
                1,
                range,
                "test",
                name,
                "lake/1",
                rows.size(),
                "digest",
                Instant.EPOCH);
        return new Shipment(intent, file, prior, new Position(0, through), "life");
    }

    /** Delivers rows at these times, which must go through. */
    void deliver(IcebergSink sink, Dataset dataset, List<@Nullable String> times) throws IOException {
        deliver(sink, dataset, new Position(0, sequence), times);
    }

    void deliver(IcebergSink sink, Dataset dataset, Position prior, List<@Nullable String> times) throws IOException {
        Delivery delivery = sink.deliver(shipment(dataset, prior, times));
        if (!(delivery instanceof Delivery.Delivered)) {
            throw new AssertionError(delivery);
        }
    }
}
