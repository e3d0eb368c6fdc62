// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.files.PassingDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A producer alone syncs its rows itself; after a crowd the first one leaves that to the thread, which syncs for all who come with it. */
class CrowdedProducersTest {
    private final RootAllocator memory = new RootAllocator();
    private final WatchedDisk disk = new WatchedDisk();

    @TempDir
    private Path directory;

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    @Test
    @Timeout(60)
    @Tag("I1")
    void theFirstAfterACrowdWaitsForTheOthersAndTheNextDoesNot() throws Exception {
        try (Cache cache = Cache.open(
                new Cache.Options(directory, Sequence.NONE, 1 << 20, 1000, 1 << 20),
                new DurableFiles(disk),
                memory,
                ManualClock.started())) {
            append(cache, 0); // What makes a dataset is the thread's to write.
            Thread writer = disk.watch("spool");

            awaitRest(writer);
            append(cache, 1);
            assertSame(Thread.currentThread(), disk.lastToSync(), "nobody else is there");

            List<FutureTask<AppendOutcome>> crowd = new ArrayList<>();
            disk.hold();
            for (int n = 2; n < 5; n++) {
                int own = n;
                FutureTask<AppendOutcome> answer = new FutureTask<>(() -> append(cache, own));
                crowd.add(answer);
                Thread.ofPlatform().start(answer);
                if (crowd.size() == 1) {
                    disk.awaitHeld();
                }
            }
            while (cache.waitingAppends() < 2) {
                Thread.onSpinWait();
            }
            disk.letGo();
            for (FutureTask<AppendOutcome> answer : crowd) {
                assertInstanceOf(Appended.class, answer.get());
            }
            assertSame(writer, disk.lastToSync(), "two who waited are one group");

            awaitRest(writer);
            append(cache, 5);
            assertSame(writer, disk.lastToSync(), "others may come as they did before");

            awaitRest(writer);
            append(cache, 6);
            assertSame(Thread.currentThread(), disk.lastToSync(), "nobody came");

            assertEquals(
                    LongStream.range(0, 7).boxed().toList(),
                    Rows.read(cache, Scope.whole("logs"), Position.START).stream()
                            .map(Rows::n)
                            .sorted()
                            .toList());
        }
    }

    private AppendOutcome append(Cache cache, long n) throws IOException {
        Dataset seen = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(seen, memory, n, 1, "eu")) {
            return cache.append(batch);
        }
    }

    /** Until the thread has laid down its pen and waits for the next append. */
    private static void awaitRest(Thread writer) {
        while (writer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    /** Knows who syncs the log's file, and can let that wait. */
    private static final class WatchedDisk extends PassingDisk {
        private final List<Synced> syncs = new ArrayList<>();
        private @Nullable DiskFile log;
        private CountDownLatch held = new CountDownLatch(0);
        private CountDownLatch gate = new CountDownLatch(0);

        private record Synced(DiskFile file, Thread by) {}

        WatchedDisk() {
            super(new LocalDisk());
        }

        /** From now on only the file counts that a thread of this name synced last; that thread. */
        synchronized Thread watch(String name) {
            Synced last = syncs.reversed().stream()
                    .filter(each -> each.by().getName().equals(name))
                    .findFirst()
                    .orElseThrow();
            log = last.file();
            return last.by();
        }

        synchronized Thread lastToSync() {
            return syncs.reversed().stream()
                    .filter(each -> each.file().equals(log))
                    .findFirst()
                    .orElseThrow()
                    .by();
        }

        synchronized void hold() {
            held = new CountDownLatch(1);
            gate = new CountDownLatch(1);
        }

        void awaitHeld() throws InterruptedException {
            latch().held().await();
        }

        void letGo() {
            latch().gate().countDown();
        }

        private synchronized Latches latch() {
            return new Latches(held, gate);
        }

        private record Latches(CountDownLatch held, CountDownLatch gate) {}

        private synchronized @Nullable Latches synced(DiskFile file) {
            syncs.add(new Synced(file, Thread.currentThread()));
            return file.equals(log) ? latch() : null;
        }

        @Override
        protected DiskFile written(DiskFile file) {
            return new PassingFile(file) {
                @Override
                public void sync() throws IOException {
                    Latches latches = synced(file);
                    if (latches != null) {
                        latches.held().countDown();
                        try {
                            latches.gate().await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                            throw new InterruptedIOException("interrupted at the gate");
                        }
                    }
                    super.sync();
                }
            };
        }
    }
}
