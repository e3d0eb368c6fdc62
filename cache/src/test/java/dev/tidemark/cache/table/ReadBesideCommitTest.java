// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Flushed;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whoever reads waits for no commit, however long its disk takes to sync. */
class ReadBesideCommitTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final Path METADATA = DIRECTORY.resolve("tables/logs/metadata");

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk disk) throws IOException {
        clock.advance(Duration.ofMillis(1));
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private void append(Cache cache, long from, int rows) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, from, rows, "a")) {
            assertInstanceOf(AppendOutcome.Appended.class, cache.append(batch));
        }
    }

    private static List<Long> read(Cache cache) throws IOException {
        return Rows.read(cache, Scope.whole("logs"), Position.START).stream()
                .map(Rows::n)
                .toList();
    }

    private static List<Long> rows(long count) {
        return LongStream.range(0, count).boxed().toList();
    }

    private static <T> FutureTask<T> beside(Callable<T> call) {
        FutureTask<T> task = new FutureTask<>(call);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    private static <T> T within(Callable<T> call) throws Exception {
        return beside(call).get(30, TimeUnit.SECONDS);
    }

    private void stall() {
        reached.countDown();
        try {
            released.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @Tag("I4")
    @Tag("I6")
    void aReaderDoesNotWaitForACommit() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        readsBesideACommit(disk, this::stall);
    }

    @Test
    @Tag("I4")
    @Tag("I6")
    void aReaderIsNotShownACommitBeforeItIsOnDisk() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        readsBesideACommit(disk, () -> disk.interpose(DiskOperation.SYNC_DIRECTORY, METADATA::equals, this::stall));
    }

    /** Reads, counts and appends while a commit hangs that came so far as to link its metadata. */
    private void readsBesideACommit(FaultyDisk disk, Runnable linking) throws Exception {
        try (Cache cache = open(disk)) {
            append(cache, 0, 10);
            cache.flush("logs");
            append(cache, 10, 10);
            long through = cache.state("logs").flushedThrough().value();
            disk.interpose(DiskOperation.LINK, path -> path.startsWith(METADATA), linking);
            FutureTask<Flushed> flush = beside(() -> cache.flush("logs"));
            reached.await();
            try {
                assertEquals(rows(20), within(() -> read(cache)));
                assertEquals(
                        through,
                        within(() -> cache.state("logs")).flushedThrough().value());
                assertEquals(0, within(() -> cache.state("logs")).conservationDelta());
                append(cache, 20, 5);
                assertEquals(rows(25), within(() -> read(cache)));
            } finally {
                released.countDown();
            }
            assertEquals(10, flush.get(30, TimeUnit.SECONDS).rows());
            assertEquals(rows(25), read(cache));
            assertEquals(0, cache.state("logs").conservationDelta());
        }
    }

    /** What a reader was shown beside a commit is all there when the commit never was. */
    @Test
    @Tag("I5")
    void whatAReaderSawBesideACommitOutlivesIt() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        List<Long> seen;
        Cache cache = open(disk);
        append(cache, 0, 10);
        cache.flush("logs");
        append(cache, 10, 10);
        disk.interpose(DiskOperation.LINK, path -> path.startsWith(METADATA), this::stall);
        FutureTask<Flushed> flush = beside(() -> cache.flush("logs"));
        reached.await();
        seen = within(() -> read(cache));
        FaultyDisk rebooted = disk.afterPowerCut(Survivors.none());
        released.countDown();
        flush.get(30, TimeUnit.SECONDS);
        cache.close();
        try (Cache next = open(rebooted)) {
            assertEquals(seen, read(next));
        }
    }
}
