// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.sinks.testing.Batches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of many partitions are read once and come out by partition, whether they fit in memory or not. */
class HaulTest {
    private static final Dataset HITS = new Dataset(
            "hits",
            1,
            List.of(
                    new Column(1, "id", ColumnType.LONG, false, false),
                    new Column(2, "who", ColumnType.STRING, false, false)),
            "who",
            null);
    private static final int BATCH_ROWS = 64;
    private static final long LITTLE = 4000;

    @TempDir
    private Path directory;

    private final BufferAllocator memory = new RootAllocator();
    private final Disk disk = new LocalDisk();

    @AfterEach
    void nothingIsLeft() throws IOException {
        memory.close();
        try (var files = Files.list(directory)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    @Tag("I13")
    void partitionsThatDoNotFitInMemoryComeBackWholeAndInOrder() throws IOException {
        int partitions = 300;
        long last = 6000;
        Map<String, Long> wanted = wanted(partitions);
        wanted.put("p7", 4000L);
        wanted.remove("p8");
        try (Haul haul = haul(rows(last, partitions, this::plain), wanted, last, new Haul.Room(LITTLE, 64 << 20))) {
            assertTrue(Files.size(file()) > 100 * LITTLE, "most of it is on disk");
            assertTrue(memory.getAllocatedMemory() < 64 << 10, "and not in memory: " + memory.getAllocatedMemory());
            assertEquals(last, haul.reached());
            for (int partition = 0; partition < partitions; partition++) {
                if (partition != 8) {
                    assertEquals(
                            expected(partition, partitions, partition == 7 ? 4000 : 0, last),
                            ids(haul.rows("p" + partition)));
                }
            }
        }
    }

    @Test
    @Tag("I13")
    void theReadingStopsWhenTheFileIsFullAndSaysWhere() throws IOException {
        int partitions = 10;
        long last = 100_000;
        try (Haul haul =
                haul(rows(last, partitions, this::plain), wanted(partitions), last, new Haul.Room(LITTLE, 100_000))) {
            assertTrue(haul.reached() < last, "reached " + haul.reached());
            assertTrue(Files.size(file()) < 200_000, "bytes " + Files.size(file()));
            for (int partition = 0; partition < partitions; partition++) {
                assertEquals(expected(partition, partitions, 0, haul.reached()), ids(haul.rows("p" + partition)));
            }
        }
    }

    @Test
    @Tag("I12")
    void rowsOfAnotherCacheKeepTheirOriginOnTheWayOverTheDisk() throws IOException {
        Source source = (from, rows) -> {
            RowBatch batch = plain(from, rows);
            return from % 128 == 1 ? Batches.received(batch, memory, 0, "other", 1000 + from) : batch;
        };
        try (Haul haul = haul(rows(1280, 2, source), wanted(2), 1280, new Haul.Room(LITTLE, 64 << 20))) {
            assertTrue(Files.size(file()) > LITTLE);
            List<Long> origins = new ArrayList<>();
            RowStream stream = haul.rows("p1");
            for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                try (RowBatch rows = batch) {
                    rows.vector(RowBatch.ORIGIN_SEQUENCE).ifPresent(vector -> {
                        for (int row = 0; row < rows.rows(); row++) {
                            if (!vector.isNull(row)) {
                                origins.add(((BigIntVector) vector).get(row));
                            }
                        }
                    });
                }
            }
            assertEquals(List.of(1001L, 1129L, 1257L, 1385L, 1513L, 1641L, 1769L, 1897L, 2025L, 2153L), origins);
        }
    }

    @Test
    @Tag("I6")
    void legacyRowsAreLaidOutByTheirOrdinals() throws IOException {
        Map<String, Long> wanted = wanted(3);
        wanted.put("p1", 400L);
        try (Haul haul = haul(rows(2000, 3, this::legacy), wanted, 2000, new Haul.Room(LITTLE, 64 << 20))) {
            assertTrue(Files.size(file()) > LITTLE);
            assertEquals(expected(1, 3, 400, 2000), ids(haul.rows("p1")));
            assertEquals(expected(2, 3, 0, 2000), ids(haul.rows("p2")));
        }
    }

    @Test
    void aReadingThatFailsLeavesNothingBehind() {
        RowStream broken = rows(2000, 3, (from, rows) -> {
            if (from > 1000) {
                throw new IllegalStateException("broken");
            }
            return plain(from, rows);
        });
        try (Haul haul = haul(broken, wanted(3), 2000, new Haul.Room(LITTLE, 64 << 20))) {
            throw new AssertionError("read through " + haul.reached());
        } catch (IllegalStateException e) {
            assertEquals("broken", e.getMessage());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertFalse(Files.exists(file()));
    }

    private Haul haul(RowStream stream, Map<String, Long> wanted, long through, Haul.Room room) throws IOException {
        return Haul.of(stream, wanted, through, room, file(), disk);
    }

    private Path file() {
        return directory.resolve("haul");
    }

    private static Map<String, Long> wanted(int partitions) {
        Map<String, Long> wanted = new HashMap<>();
        for (int i = 0; i < partitions; i++) {
            wanted.put("p" + i, 0L);
        }
        return wanted;
    }

    private static List<Long> expected(int partition, int partitions, long after, long last) {
        List<Long> ids = new ArrayList<>();
        for (long id = after + 1; id <= last; id++) {
            if (id % partitions == partition) {
                ids.add(id);
            }
        }
        return ids;
    }

    private static List<Long> ids(RowStream stream) throws IOException {
        List<Long> ids = new ArrayList<>();
        for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
            try (RowBatch rows = batch) {
                Range.Order order = Range.Order.of(rows);
                for (int row = 0; row < rows.rows(); row++) {
                    long id = ((BigIntVector) rows.vectors().getVector("id")).get(row);
                    assertEquals(id, order.number(rows, row));
                    ids.add(id);
                }
            }
        }
        return ids;
    }

    /** Makes the batch that begins with a row. */
    private interface Source {
        RowBatch batch(long from, List<Batches.Row> rows);
    }

    private RowBatch plain(long from, List<Batches.Row> rows) {
        return Batches.of(memory, HITS, rows);
    }

    private RowBatch legacy(long from, List<Batches.Row> rows) {
        return Batches.legacy(memory, HITS, rows);
    }

    /** Rows 1 to {@code last}, of partitions in turn. */
    private static RowStream rows(long last, int partitions, Source source) {
        Deque<List<Batches.Row>> batches = new ArrayDeque<>();
        for (long from = 1; from <= last; from += BATCH_ROWS) {
            List<Batches.Row> rows = new ArrayList<>();
            for (long id = from; id <= Math.min(last, from + BATCH_ROWS - 1); id++) {
                rows.add(new Batches.Row(id, 0, Map.of("id", id, "who", "p" + id % partitions)));
            }
            batches.add(rows);
        }
        return new RowStream() {
            @Override
            public @Nullable RowBatch next() {
                List<Batches.Row> rows = batches.poll();
                return rows == null ? null : source.batch(rows.getFirst().sequence(), rows);
            }

            @Override
            public Continuation after() {
                throw new UnsupportedOperationException();
            }

            @Override
            public void close() {}
        };
    }
}
