// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.IdempotencyKey;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an open reads, and what it knows afterwards. */
class OpeningTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final Path SPOOL = DIRECTORY.resolve("spool");
    private static final int SEGMENT_BYTES = 1 << 18;
    private static final String WIDE = "w".repeat(4000);

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();
    private final FaultyDisk disk = new FaultyDisk();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk on) throws IOException {
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, 1000, 1 << 20),
                new DurableFiles(on),
                memory,
                clock);
    }

    private void append(Cache cache, String dataset, long n) throws IOException {
        Dataset seen = cache.dataset(dataset).orElse(Rows.proposal(dataset));
        byte[] body = Long.toString(n).getBytes(StandardCharsets.UTF_8);
        try (RowBatch batch = Rows.batch(seen, memory, n, 10, WIDE)) {
            assertInstanceOf(
                    Appended.class,
                    cache.append(batch, AppendFacts.of(IdempotencyKey.of(dataset + n, body, body.length))));
        }
    }

    private static List<Long> numbers(Cache cache, String dataset) throws IOException {
        return Rows.read(cache, Scope.whole(dataset), Position.START).stream()
                .map(Rows::n)
                .toList();
    }

    private static List<Long> upTo(long end) {
        return LongStream.range(0, end).boxed().toList();
    }

    @Test
    @Tag("I13")
    void anOpenReadsFootersAndOneSegmentHoweverMuchTheSpoolHas() throws IOException {
        int appends = 200;
        try (Cache cache = open(disk)) {
            for (int n = 0; n < appends; n++) {
                append(cache, "logs", n * 10L);
            }
            assertTrue(cache.spoolBytes() > 20 * SEGMENT_BYTES);
        }
        FaultyDisk found = disk.afterKill();
        long before = found.bytesRead();
        try (Cache cache = open(found)) {
            long read = found.bytesRead() - before;
            System.out.printf("opening: spool of %d bytes, %d read%n", cache.spoolBytes(), read);
            // The last segment is read to be checked, to be copied, and to be believed.
            assertTrue(read < 4 * SEGMENT_BYTES, "read " + read);
            assertEquals(upTo(appends * 10L), numbers(cache, "logs"));
            assertEquals(appends * 10L, cache.state("logs").accepted());
            assertEquals(0, cache.state("logs").conservationDelta());
        }
    }

    @Test
    @Tag("I17")
    void aCheckpointCostsWhatItsSegmentsBroughtAndNotWhatThereEverWas() throws IOException {
        try (Cache cache = open(disk)) {
            long written = 0;
            for (int round = 0; round < 20; round++) {
                for (int n = 0; n < 8; n++) {
                    append(cache, "logs", round * 80L + n * 10L);
                }
                cache.flush("logs");
                long size = new DurableFiles(disk).readAll(SPOOL.resolve("checkpoint-a")).length;
                assertTrue(size - written < 10_000, "round " + round + ": " + (size - written));
                written = size;
            }
        }
        try (Cache next = open(disk.afterKill())) {
            assertEquals(upTo(1600), numbers(next, "logs"));
            assertEquals(0, next.state("logs").conservationDelta());
            assertEquals(1600, next.heads("logs").getFirst().rows());
        }
    }

    @Test
    @Tag("I17")
    void eitherSlotOfTheCheckpointIsEnough() throws IOException {
        try (Cache cache = open(disk)) {
            for (int n = 0; n < 40; n++) {
                append(cache, n % 2 == 0 ? "logs" : "events", n / 2 * 10L);
                if (n % 10 == 9) {
                    cache.flush("logs");
                    cache.flush("events");
                }
            }
        }
        for (String slot : List.of("checkpoint-a", "checkpoint-b")) {
            Path file = SPOOL.resolve(slot);
            int bytes = new DurableFiles(disk).readAll(file).length;
            for (int at = 0; at < bytes; at += 1 + bytes / 50) {
                FaultyDisk damaged = disk.afterKill();
                change(damaged, file, at);
                for (int opened = 0; opened < 2; opened++) {
                    try (Cache cache = open(damaged)) {
                        assertEquals(upTo(200), numbers(cache, "logs"));
                        assertEquals(0, cache.state("logs").conservationDelta());
                        append(cache, "other", opened * 10L);
                        cache.flush("other");
                    }
                }
            }
        }
        FaultyDisk both = disk.afterKill();
        change(both, SPOOL.resolve("checkpoint-a"), 40);
        change(both, SPOOL.resolve("checkpoint-b"), 60);
        CorruptDataException refused = assertThrows(CorruptDataException.class, () -> open(both));
        assertTrue(refused.toString().contains("checkpoint"), refused.toString());
    }

    private static void change(FaultyDisk on, Path file, long at) throws IOException {
        try (DiskFile open = on.open(file)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            open.read(one, at);
            open.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 4)}), at);
            open.sync();
        }
    }

    @Test
    @Tag("I17")
    void aCheckpointOfWhichOnlyTheNameIsLeftIsNotTakenForANewBeginning() throws IOException {
        try (Cache cache = open(disk)) {
            for (int n = 0; n < 40; n++) {
                append(cache, "logs", n * 10L);
                if (n % 10 == 9) {
                    cache.flush("logs");
                }
            }
        }
        for (String slot : List.of("checkpoint-a", "checkpoint-b")) {
            FaultyDisk hurt = disk.afterKill();
            empty(hurt, slot);
            try (Cache cache = open(hurt)) {
                assertEquals(upTo(400), numbers(cache, "logs"));
                assertEquals(400, cache.state("logs").accepted());
                assertEquals(0, cache.state("logs").conservationDelta());
            }
        }
        FaultyDisk both = disk.afterKill();
        empty(both, "checkpoint-a");
        empty(both, "checkpoint-b");
        CorruptDataException refused = assertThrows(CorruptDataException.class, () -> open(both));
        assertTrue(refused.toString().contains("checkpoint"), refused.toString());
    }

    private static void empty(FaultyDisk on, String slot) throws IOException {
        try (DiskFile open = on.open(SPOOL.resolve(slot))) {
            open.truncate(0);
            open.sync();
        }
    }
}
