// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Producers write the log themselves when nobody else does, and whoever interrupts one hurts nobody. */
class InterruptedProducerTest {
    private static final int APPENDS = 40;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();

    @TempDir
    private Path directory;

    @AfterEach
    void nothingLeaks() {
        Thread.interrupted();
        memory.close();
    }

    private Cache open(long segmentBytes) throws IOException {
        return Cache.open(
                new Cache.Options(directory, Sequence.NONE, segmentBytes, 1000, 1 << 20),
                new DurableFiles(new LocalDisk()),
                memory,
                clock);
    }

    private AppendOutcome append(Cache cache, long n) throws IOException {
        Dataset seen = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(seen, memory, n, 1, "eu")) {
            return cache.append(batch);
        }
    }

    /** Until the thread that answered the append before has laid down its pen, an interrupted producer is not taken. */
    private AppendOutcome appendInterrupted(Cache cache, long n) throws IOException {
        while (true) {
            Thread.currentThread().interrupt();
            try {
                return append(cache, n);
            } catch (InterruptedIOException notTaken) {
                Thread.onSpinWait();
            }
        }
    }

    private static List<Long> numbers(Cache cache) throws IOException {
        return Rows.read(cache, Scope.whole("logs"), Position.START).stream()
                .map(Rows::n)
                .toList();
    }

    @Test
    @Timeout(60)
    @Tag("I1")
    void anInterruptionBetweenWriteAndSyncHurtsNobody() throws IOException {
        List<Long> rows = new ArrayList<>(List.of(0L));
        try (Cache cache = open(1 << 20)) {
            assertInstanceOf(Appended.class, append(cache, 0));
            for (long n = 1; n <= APPENDS; n++) {
                assertInstanceOf(Appended.class, appendInterrupted(cache, n));
                assertTrue(Thread.interrupted(), "the interruption is still there");
                rows.add(n);
            }
            assertNull(cache.failure());
            assertEquals(rows, numbers(cache));
        }
        try (Cache again = open(1 << 20)) {
            assertEquals(rows, numbers(again));
        }
    }

    @Test
    @Tag("I1")
    void whatOpensOtherFilesIsNotDoneByAnInterruptedProducer() throws IOException {
        List<Long> rows = new ArrayList<>(List.of(0L));
        try (Cache cache = open(8192)) {
            assertInstanceOf(Appended.class, append(cache, 0));
            for (long n = 1; n <= APPENDS; n++) {
                Thread.currentThread().interrupt();
                try {
                    append(cache, n);
                } catch (InterruptedIOException notTaken) {
                    Thread.interrupted();
                    append(cache, n);
                }
                Thread.interrupted();
                rows.add(n);
            }
            assertNull(cache.failure());
            assertEquals(rows, numbers(cache));
        }
    }
}
