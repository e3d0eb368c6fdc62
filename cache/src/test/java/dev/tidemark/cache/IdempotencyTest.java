// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.KeyReused;
import dev.tidemark.cache.AppendOutcome.Replayed;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.memory.RootAllocator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A request that is sent again is stored once, whatever happens between. */
class IdempotencyTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final int SEGMENT_BYTES = 1 << 14;

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

    private AppendOutcome append(Cache cache, String key, int rows) throws IOException {
        return append(cache, "logs", key, rows);
    }

    /** As many rows as the body says, of which there are as many bodies. */
    private AppendOutcome append(Cache cache, String dataset, String key, int rows) throws IOException {
        byte[] body = Integer.toString(rows).getBytes(StandardCharsets.UTF_8);
        Dataset known = cache.dataset(dataset).orElse(Rows.proposal(dataset));
        try (RowBatch batch = Rows.batch(known, memory, 0, rows, "a")) {
            return cache.append(batch, AppendFacts.of(IdempotencyKey.of(key, body, body.length)));
        }
    }

    private static Replayed again(AppendOutcome first) {
        Appended appended = assertInstanceOf(Appended.class, first);
        int rows = (int) (appended.last().value() - appended.first().value() + 1);
        return new Replayed(appended.first(), appended.last(), rows);
    }

    private static int rows(Cache cache) throws IOException {
        return Rows.read(cache, Scope.whole("logs"), Position.START).size();
    }

    @Test
    void theSameKeyGetsTheFirstAnswerAndStoresNothing() throws IOException {
        try (Cache cache = open(disk)) {
            AppendOutcome first = append(cache, "k", 3);
            append(cache, "l", 2);
            assertEquals(again(first), append(cache, "k", 3));
            assertEquals(new KeyReused(), append(cache, "k", 4));
            assertInstanceOf(Appended.class, append(cache, "events", "k", 4));
            assertEquals(5, rows(cache));
        }
    }

    @Test
    void aKeyIsAnsweredWhateverBecameOfTheSchemaSince() throws IOException {
        byte[] body = {1};
        AppendFacts facts = AppendFacts.of(IdempotencyKey.of("k", body, 1));
        try (Cache cache = open(disk);
                RowBatch batch = Rows.batch(Rows.proposal("logs"), memory, 0, 3, "a")) {
            AppendOutcome first = cache.append(batch, facts);
            assertEquals(again(first), cache.append(batch, facts));
        }
    }

    @Test
    @Tag("I1")
    void aKeyThatLostItsSyncIsNeitherAnsweredNorRemembered() throws IOException {
        try (Cache cache = open(disk)) {
            append(cache, "before", 1);
            disk.inject(Faults.loseSync(disk.syncs() + 1));
            assertThrows(IOException.class, () -> append(cache, "k", 3));
            disk.inject(Faults.NONE);
            assertThrows(IOException.class, () -> append(cache, "k", 3));
        }
        try (Cache next = open(disk.afterPowerCut(Survivors.none()))) {
            assertInstanceOf(Appended.class, append(next, "k", 3));
            assertEquals(4, rows(next));
        }
    }

    @Test
    @Tag("I1")
    void whoRepeatsAKeyWaitsForTheSyncOfTheFirst() throws Exception {
        try (Cache cache = open(disk);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            append(cache, "before", 1);
            CountDownLatch held = new CountDownLatch(1);
            CountDownLatch letGo = new CountDownLatch(1);
            disk.inject(call -> {
                if (call.operation().isSync()) {
                    held.countDown();
                    await(letGo);
                }
                return Fault.NONE;
            });
            Future<AppendOutcome> blocking = threads.submit(() -> append(cache, "blocking", 1));
            await(held);
            // All three are in the next group, the first of them for the first time.
            List<Future<AppendOutcome>> group = new ArrayList<>();
            for (int rows : new int[] {3, 3, 4}) {
                group.add(threads.submit(() -> append(cache, "k", rows)));
                int waiting = group.size();
                Awaitility.await().until(() -> cache.waitingAppends() == waiting);
            }
            assertFalse(group.get(1).isDone());
            letGo.countDown();
            assertInstanceOf(Appended.class, blocking.get());
            assertEquals(again(group.get(0).get()), group.get(1).get());
            assertEquals(new KeyReused(), group.get(2).get());
            assertEquals(5, rows(cache));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Tag("I1")
    void whenTheSyncOfTheFirstFailsNobodyIsTold() throws Exception {
        try (Cache cache = open(disk);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            append(cache, "before", 1);
            CountDownLatch held = new CountDownLatch(1);
            CountDownLatch letGo = new CountDownLatch(1);
            long doomed = disk.syncs() + 2;
            disk.inject(call -> {
                if (call.operation().isSync() && call.sync() < doomed) {
                    held.countDown();
                    await(letGo);
                }
                return call.operation().isSync() && call.sync() == doomed ? Fault.LOSE : Fault.NONE;
            });
            Future<AppendOutcome> blocking = threads.submit(() -> append(cache, "blocking", 1));
            await(held);
            Future<AppendOutcome> first = threads.submit(() -> append(cache, "k", 3));
            Future<AppendOutcome> second = threads.submit(() -> append(cache, "k", 3));
            Awaitility.await().until(() -> cache.waitingAppends() == 2);
            letGo.countDown();
            assertInstanceOf(Appended.class, blocking.get());
            assertThrows(Exception.class, first::get);
            assertThrows(Exception.class, second::get);
        }
        try (Cache next = open(disk.afterPowerCut(Survivors.none()))) {
            assertEquals(2, rows(next));
        }
    }

    @Test
    void aKeySurvivesARestart() throws IOException {
        AppendOutcome first;
        try (Cache cache = open(disk)) {
            first = append(cache, "k", 3);
        }
        try (Cache next = open(disk.afterPowerCut(Survivors.none()))) {
            assertEquals(again(first), append(next, "k", 3));
            assertEquals(new KeyReused(), append(next, "k", 2));
        }
    }

    @Test
    @Tag("I17")
    void aKeySurvivesTheSegmentThatHeldIt() throws IOException {
        AppendOutcome first;
        try (Cache cache = open(disk)) {
            first = append(cache, "k", 3);
            for (int i = 0; cache.spoolSegments() < 3; i++) {
                append(cache, "filling" + i, 50);
            }
            cache.flush("logs");
            assertEquals(1, cache.spoolSegments());
            assertFalse(disk.exists(DIRECTORY.resolve("spool/%019d.spool".formatted(1))));
            assertEquals(again(first), append(cache, "k", 3));
        }
        FaultyDisk found = disk.afterPowerCut(Survivors.none());
        for (int life = 0; life < 2; life++) {
            try (Cache next = open(found)) {
                assertEquals(again(first), append(next, "k", 3));
                assertInstanceOf(Replayed.class, append(next, "filling0", 50));
                assertTrue(append(next, "new" + life, 1) instanceof Appended);
            }
        }
    }

    @Test
    @Tag("I13")
    void aKeyIsForgottenAfterADay() throws IOException {
        try (Cache cache = open(disk)) {
            AppendOutcome first = append(cache, "k", 3);
            clock.advance(Duration.ofHours(24));
            assertEquals(again(first), append(cache, "k", 3));
            clock.advance(Duration.ofNanos(1000));
            AppendOutcome second = append(cache, "k", 3);
            assertEquals(again(second), append(cache, "k", 3));
            assertEquals(6, rows(cache));
        }
    }
}
