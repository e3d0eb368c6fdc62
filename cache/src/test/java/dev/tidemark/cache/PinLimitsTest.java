// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.adoption.Sources;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.files.PassingDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reader that takes long keeps the log and the table's files no longer than its limits, and misses nothing by that. */
class PinLimitsTest {
    private static final Scope WHOLE = Scope.whole("logs");
    private static final int SEGMENT_BYTES = 8192;

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(Disk disk, RoomLimits room) throws IOException {
        return Cache.open(
                new Cache.Options(directory, Sequence.NONE, SEGMENT_BYTES, 1000, 1 << 20, room),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private void append(Cache cache, long from, int rows) throws IOException {
        for (long each = from; each < from + rows; each += 20) {
            Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
            try (RowBatch batch = Rows.batch(dataset, memory, each, 20, "x".repeat(100))) {
                assertInstanceOf(Appended.class, cache.append(batch));
            }
        }
    }

    private static RowStream stream(Cache cache) throws IOException {
        return cache.readRowsSince(
                ReadRequest.since(cache.continuation(WHOLE, Position.START)).inBatchesOf(7));
    }

    /** Takes so many batches, or fewer at the end. */
    private static void take(RowStream stream, int batches, List<Long> seen) throws IOException {
        for (int each = 0; each < batches; each++) {
            try (RowBatch rows = stream.next()) {
                if (rows == null) {
                    return;
                }
                for (int row = 0; row < rows.rows(); row++) {
                    seen.add((Long) rows.vector("n").orElseThrow().getObject(row));
                }
            }
        }
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    @Test
    @Tag("I6")
    @Tag("I13")
    void aPinThatIsOldGoesAndItsReaderGoesOnToTheSameEnd() throws IOException {
        List<Long> seen = new ArrayList<>();
        try (Cache cache = open(new LocalDisk(), RoomLimits.NONE)) {
            append(cache, 0, 600);
            try (RowStream stream = stream(cache)) {
                take(stream, 3, seen);
                cache.flush("logs");
                append(cache, 600, 100);
                int kept = cache.spoolSegments();
                assertTrue(kept > 3, "segments: " + kept);
                clock.advance(Pins.AGE_MAX);
                assertEquals(0, cache.recallPins());
                clock.advance(Pins.AGE_MAX);

                assertEquals(1, cache.recallPins());

                assertTrue(cache.spoolSegments() < kept, "segments: " + cache.spoolSegments());
                take(stream, 5, seen);
                cache.flush("logs");
                clock.advance(Pins.AGE_MAX.multipliedBy(2));
                assertEquals(1, cache.recallPins());
                take(stream, Integer.MAX_VALUE, seen);
                assertEquals(600, stream.after().position().sequence());
            }
            assertEquals(range(0, 600), seen);
            clock.advance(Pins.AGE_MAX.multipliedBy(2));
            assertEquals(0, cache.recallPins());
        }
    }

    @Test
    @Tag("I6")
    @Tag("I13")
    void youngPinsGoTooWhenTheyKeepTooMuchOfTheLog() throws IOException {
        List<Long> seen = new ArrayList<>();
        try (Cache cache = open(new LocalDisk(), new RoomLimits(16L * SEGMENT_BYTES, 0, 0))) {
            append(cache, 0, 300);
            try (RowStream stream = stream(cache)) {
                take(stream, 1, seen);
                assertEquals(0, cache.recallPins());
                cache.flush("logs");
                int kept = cache.spoolSegments();
                assertTrue(kept > 5, "segments: " + kept);

                assertEquals(1, cache.recallPins());

                assertEquals(1, cache.spoolSegments());
                take(stream, Integer.MAX_VALUE, seen);
            }
            assertEquals(range(0, 300), seen);
        }
    }

    @Test
    @Tag("I6")
    void legacyRowsThatComeWhileAPinIsGoneAreOfALaterRead() throws Exception {
        List<Long> seen = new ArrayList<>();
        try (Cache cache = open(new LocalDisk(), RoomLimits.NONE)) {
            append(cache, 0, 20);
            adopt(cache, 1000);
            try (RowStream stream = stream(cache)) {
                take(stream, 2, seen);
                adopt(cache, 2000);
                clock.advance(Pins.AGE_MAX.multipliedBy(2));
                assertEquals(1, cache.recallPins());
                take(stream, Integer.MAX_VALUE, seen);
                assertEquals(new Position(100, 20), stream.after().position());
            }
            List<Long> all = new ArrayList<>(range(1000, 1100));
            all.addAll(range(0, 20));
            assertEquals(all, seen);
        }
    }

    private void adopt(Cache cache, long from) throws IOException, AdoptionRefusedException {
        Path source = Sources.plain(directory.resolve(from + ".parquet"), from, 100, "a");
        cache.adopt(new AdoptRequest(
                cache.dataset("logs").orElseThrow(), List.of(source), Adoption.Reach.SINKS, (path, rows) -> {}));
    }

    @Test
    @Tag("I6")
    void aReadThatGoesOnKeepsItsPinUntilItReturns() throws Exception {
        List<Long> seen = new ArrayList<>();
        Stalling disk = new Stalling(new LocalDisk());
        try (Cache cache = open(disk, RoomLimits.NONE)) {
            append(cache, 0, 600);
            try (RowStream stream = stream(cache)) {
                take(stream, 1, seen);
                cache.flush("logs");
                int kept = cache.spoolSegments();
                disk.armed = true;
                FutureTask<Void> reading = new FutureTask<>(() -> {
                    take(stream, 60, seen);
                    return null;
                });
                Thread.ofPlatform().daemon().start(reading);
                disk.reached.await();
                clock.advance(Pins.AGE_MAX.multipliedBy(2));

                assertEquals(0, cache.recallPins());
                assertEquals(kept, cache.spoolSegments());

                disk.released.countDown();
                reading.get(30, TimeUnit.SECONDS);
                assertEquals(1, cache.spoolSegments());
                take(stream, Integer.MAX_VALUE, seen);
            }
            assertEquals(range(0, 600), seen);
        }
    }

    /** On which one read of the log hangs. */
    private static final class Stalling extends PassingDisk {
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);
        private volatile boolean armed;

        Stalling(Disk disk) {
            super(disk);
        }

        @Override
        protected DiskFile written(DiskFile file) {
            return file;
        }

        @Override
        protected DiskFile opened(DiskFile file) {
            return new PassingFile(file) {
                @Override
                public int read(ByteBuffer target, long position) throws IOException {
                    if (armed) {
                        armed = false;
                        reached.countDown();
                        try {
                            released.await();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                    }
                    return super.read(target, position);
                }
            };
        }
    }
}
