// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adopted;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.adoption.Sources;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.parquet.ParquetUtil;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An Iceberg table of another program, copied here from another host, becomes legacy rows. */
class TableAdoptionTest {
    private static final int ROWS = 1000;
    private static final Schema SCHEMA = new Schema(
            NestedField.required(1, "ts", Types.TimestampType.withZone()),
            NestedField.required(2, "host", Types.StringType.get()),
            Sources.optional(3, "latency_ms", Types.DoubleType.get()),
            Sources.optional(4, "status", Types.IntegerType.get()),
            Sources.optional(5, "attributes", Types.StringType.get()),
            Sources.optional(6, "_hyp_ingest_seq", Types.LongType.get()),
            Sources.optional(7, "_ingest_seq", Types.LongType.get()));

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    /** Three commits of a file each, at a place that is not there any more. */
    private Path movedTable() throws IOException {
        Path there = Files.createDirectories(directory.resolve("host-a/logs"));
        LocalTableOperations operations = new LocalTableOperations(new DurableFiles(new LocalDisk()), there);
        operations.prepare();
        operations.commit(
                null,
                TableMetadata.newTableMetadata(
                        SCHEMA,
                        PartitionSpec.unpartitioned(),
                        SortOrder.unsorted(),
                        there.toString(),
                        Map.of("format-version", "3", "commit.retry.num-retries", "0")));
        BaseTable table = new BaseTable(operations, "logs");
        for (int file = 0; file < 3; file++) {
            List<Map<String, Object>> rows = new ArrayList<>();
            for (int row = 0; row < ROWS; row++) {
                rows.add(row(file * ROWS + row));
            }
            Path data = Sources.withIds(there.resolve("data/" + file + ".parquet"), SCHEMA, rows);
            var input = operations.io().newInputFile(data.toString());
            table.newAppend()
                    .appendFile(DataFiles.builder(PartitionSpec.unpartitioned())
                            .withInputFile(input)
                            .withMetrics(ParquetUtil.fileMetrics(input, MetricsConfig.getDefault()))
                            .build())
                    .commit();
        }
        Path here = directory.resolve("copied");
        Files.move(there, here);
        return here;
    }

    private static Map<String, Object> row(int n) {
        Map<String, Object> row = new HashMap<>();
        row.put("ts", OffsetDateTime.of(2026, 1, 1, 0, 0, 0, n * 1000, ZoneOffset.UTC));
        row.put("host", "host-" + n % 7);
        if (n % 3 > 0) {
            row.put("latency_ms", n / 8.0);
            row.put("attributes", "{\"n\":" + n + "}");
        }
        row.put("status", n % 5 == 0 ? null : n);
        row.put("_hyp_ingest_seq", (long) n);
        row.put("_ingest_seq", 7L);
        return row;
    }

    private Cache open() throws IOException {
        return Cache.open(
                new Cache.Options(directory.resolve("data"), Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(new LocalDisk()),
                memory,
                ManualClock.started());
    }

    private static Adopted adopt(Cache cache, Path... paths) throws IOException, AdoptionRefusedException {
        return cache.adopt(new AdoptRequest(
                cache.dataset("logs").orElse(Dataset.unwritten("logs")),
                List.of(paths),
                Adoption.Reach.SINKS,
                (path, rows) -> {}));
    }

    /** What Iceberg itself reads from the files, one after the other. */
    static List<String> byIceberg(Schema schema, List<Path> files) throws IOException {
        List<String> rows = new ArrayList<>();
        for (Path file : files) {
            try (CloseableIterable<Record> records = Parquet.read(org.apache.iceberg.Files.localInput(file.toFile()))
                    .project(schema)
                    .createReaderFunc(type -> GenericParquetReaders.buildReader(schema, type))
                    .build()) {
                for (Record each : records) {
                    StringBuilder row = new StringBuilder();
                    for (NestedField field : schema.columns()) {
                        row.append(field.name())
                                .append('=')
                                .append(plain(each.getField(field.name())))
                                .append(' ');
                    }
                    rows.add(row.toString());
                }
            }
        }
        return rows;
    }

    private static @Nullable Object plain(@Nullable Object value) {
        return value instanceof OffsetDateTime time
                ? (Object) ChronoUnit.MICROS.between(OffsetDateTime.of(1970, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC), time)
                : value;
    }

    static List<String> byCache(Cache cache, Schema schema) throws IOException {
        List<String> rows = new ArrayList<>();
        try (RowStream stream =
                cache.readRowsSince(ReadRequest.since(cache.continuation(Scope.whole("logs"), Position.START)))) {
            for (RowBatch next = stream.next(); next != null; next = stream.next()) {
                try (RowBatch batch = next) {
                    for (int i = 0; i < batch.rows(); i++) {
                        assertEquals(rows.size() + 1, batch.legacyOrdinal(i));
                        StringBuilder row = new StringBuilder();
                        for (NestedField field : schema.columns()) {
                            FieldVector vector = batch.vector(field.name()).orElseThrow();
                            Object value = vector.isNull(i)
                                    ? null
                                    : vector instanceof TimeStampMicroTZVector time
                                            ? (Object) time.get(i)
                                            : vector.getObject(i);
                            row.append(field.name()).append('=').append(value).append(' ');
                        }
                        rows.add(row.toString());
                    }
                }
            }
        }
        return rows;
    }

    private static Schema without(Schema schema, String hidden) {
        return new Schema(schema.columns().stream()
                .filter(field -> !field.name().equals(hidden))
                .toList());
    }

    @Test
    @Tag("I6")
    @Tag("I16")
    void aTableThatWasCopiedFromAnotherHostReadsAsIcebergReadsIt() throws Exception {
        Path table = movedTable();
        Schema wanted = without(SCHEMA, "_ingest_seq");
        List<Path> files = List.of(
                table.resolve("data/0.parquet"), table.resolve("data/1.parquet"), table.resolve("data/2.parquet"));
        try (Cache cache = open()) {
            Adopted adopted = adopt(cache, table);
            assertEquals(new Adopted("logs", 3L * ROWS, 0, 3L * ROWS, 0, 3, List.of("_ingest_seq")), adopted);
            assertEquals(byIceberg(wanted, files), byCache(cache, wanted));
            assertEquals("ts", cache.dataset("logs").orElseThrow().timestamp());
            assertEquals(0, cache.state("logs").conservationDelta());
            assertTrue(cache.verify().isOk());
            String again = String.valueOf(assertThrows(AdoptionRefusedException.class, () -> adopt(cache, table))
                    .getMessage());
            assertTrue(again.contains("adopted before, at this snapshot"), again);
            assertThrows(AdoptionRefusedException.class, () -> adopt(cache, files.getFirst()));
        }
        try (Cache cache = open()) {
            assertEquals(byIceberg(wanted, files), byCache(cache, wanted));
        }
    }

    @Test
    void whatIsNoTableIsRefused() throws Exception {
        Path empty = directory.resolve("empty");
        Files.createDirectories(empty.resolve("metadata"));
        try (Cache cache = open()) {
            assertThrows(AdoptionRefusedException.class, () -> adopt(cache, empty));
            assertTrue(cache.dataset("logs").isEmpty());
        }
    }
}
