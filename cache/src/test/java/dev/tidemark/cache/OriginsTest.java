// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A row that came from another cache says so wherever it rests, and other rows have no part in that. */
@Tag("I10")
class OriginsTest {
    private static final Set<Long> RECEIVED = Set.of(2L, 3L, 5L);

    private final RootAllocator memory = new RootAllocator();
    private final FaultyDisk disk = new FaultyDisk();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk on) throws IOException {
        return Cache.open(
                new Cache.Options(Path.of("/tidemark"), Sequence.NONE, 1 << 14, 1000, 1 << 20),
                new DurableFiles(on),
                memory,
                ManualClock.started());
    }

    private static void append(Cache cache, RowBatch batch) throws IOException {
        try (batch) {
            cache.append(batch);
        }
    }

    private RowBatch batch(Cache cache, long from, int rows) {
        return Rows.batch(cache.dataset("logs").orElse(Rows.proposal("logs")), memory, from, rows, "a");
    }

    /** Rows of which some have an origin, with a sequence that is their number's negative. */
    private RowBatch received(Cache cache, long from, int rows) {
        RowBatch batch = batch(cache, from, rows).withOrigins(memory);
        VarCharVector origins = (VarCharVector) batch.vector(RowBatch.ORIGIN).orElseThrow();
        BigIntVector sequences =
                (BigIntVector) batch.vector(RowBatch.ORIGIN_SEQUENCE).orElseThrow();
        origins.allocateNew();
        sequences.allocateNew();
        for (int row = 0; row < rows; row++) {
            if (RECEIVED.contains(from + row)) {
                origins.setSafe(row, "first".getBytes(StandardCharsets.UTF_8));
                sequences.setSafe(row, -(from + row));
            }
        }
        origins.setValueCount(rows);
        sequences.setValueCount(rows);
        return batch;
    }

    /** A row as a reader saw it. */
    private record Seen(
            long n, @Nullable String origin, @Nullable Long sequence) {}

    private static List<Seen> expected(long rows) {
        List<Seen> seen = new ArrayList<>();
        for (long n = 1; n <= rows; n++) {
            seen.add(RECEIVED.contains(n) ? new Seen(n, "first", -n) : new Seen(n, null, null));
        }
        return seen;
    }

    private List<Seen> read(Cache cache, int batchRows) throws IOException {
        List<Seen> seen = new ArrayList<>();
        Continuation start = cache.continuation(Scope.whole("logs"), Position.START);
        try (RowStream stream = cache.readRowsSince(ReadRequest.since(start).inBatchesOf(batchRows))) {
            for (RowBatch next = stream.next(); next != null; next = stream.next()) {
                try (RowBatch batch = next) {
                    for (int row = 0; row < batch.rows(); row++) {
                        seen.add(seen(batch, row));
                    }
                }
            }
        }
        return seen;
    }

    private static Seen seen(RowBatch batch, int row) {
        Object n = batch.vector("n").orElseThrow().getObject(row);
        if (!batch.hasOrigins()) {
            return new Seen((Long) n, null, null);
        }
        Object origin = batch.vector(RowBatch.ORIGIN).orElseThrow().getObject(row);
        Object sequence = batch.vector(RowBatch.ORIGIN_SEQUENCE).orElseThrow().getObject(row);
        return new Seen((Long) n, origin == null ? null : origin.toString(), (Long) sequence);
    }

    @Test
    void anOriginIsReadFromTheSpoolFromTheTableAndAcrossBoth() throws IOException {
        try (Cache cache = open(disk)) {
            append(cache, batch(cache, 1, 1));
            append(cache, received(cache, 2, 3));
            append(cache, received(cache, 5, 1));
            append(cache, batch(cache, 6, 2));
            for (int rows : new int[] {1, 2, 3, 100}) {
                assertEquals(expected(7), read(cache, rows));
            }
            cache.flush("logs");
            append(cache, batch(cache, 8, 2));
            cache.flush("logs");
            append(cache, batch(cache, 10, 1));
            for (int rows : new int[] {1, 2, 3, 100}) {
                assertEquals(expected(10), read(cache, rows));
            }
        }
        try (Cache next = open(disk.afterKill())) {
            assertEquals(expected(10), read(next, 4));
        }
    }

    @Test
    void whereNoRowHasAnOriginNothingIsWrittenOrReadForIt() throws IOException {
        try (Cache cache = open(disk)) {
            append(cache, batch(cache, 1, 1));
            append(cache, batch(cache, 6, 1).withOrigins(memory));
            for (int turn = 0; turn < 2; turn++) {
                Continuation start = cache.continuation(Scope.whole("logs"), Position.START);
                try (RowStream stream = cache.readRowsSince(ReadRequest.since(start));
                        RowBatch batch = stream.next()) {
                    assertFalse(batch == null || batch.hasOrigins());
                }
                cache.flush("logs");
            }
        }
    }
}
