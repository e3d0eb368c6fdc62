// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What lost, doubled or hid rows in stores before this one, done to this one. */
class PredecessorFaultsTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final Path SPOOL = DIRECTORY.resolve("spool");
    private static final Scope LOGS = Scope.whole("logs");
    private static final int SEGMENT_BYTES = 1 << 14;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(Disk disk) throws IOException {
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, 1000, 1 << 20),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private AppendOutcome append(Cache cache, String dataset, long from, int rows, String... who) throws IOException {
        try (RowBatch batch =
                Rows.batch(cache.dataset(dataset).orElse(Rows.proposal(dataset)), memory, from, rows, who)) {
            return cache.append(batch);
        }
    }

    private Appended appended(Cache cache, long from, int rows) throws IOException {
        return assertInstanceOf(Appended.class, append(cache, "logs", from, rows, "eu"));
    }

    private static List<Long> numbers(Cache cache) throws IOException {
        return Rows.read(cache, LOGS, Position.START).stream().map(Rows::n).toList();
    }

    private static List<Long> upTo(long end) {
        return LongStream.range(0, end).boxed().toList();
    }

    @Test
    @Tag("I2")
    void aCopyThatIsRestoredAnHourLaterGivesNoNumberOfItsLostFuture() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        FaultyDisk copy;
        try (Cache cache = open(disk)) {
            appended(cache, 0, 10);
            copy = disk.afterKill();
        }
        long given = 0;
        for (int life = 0; life < 5; life++) {
            clock.advance(Duration.ofMinutes(1));
            try (Cache cache = open(disk)) {
                given = appended(cache, 100, 10).last().value();
            }
        }
        clock.advance(Duration.ofHours(1));
        try (Cache cache = open(copy)) {
            assertTrue(appended(cache, 10, 10).first().value() > given);
            assertEquals(upTo(20), numbers(cache));
        }
    }

    @Test
    @Tag("I2")
    void aReservationThatIsCutShortKeepsTheCacheShut() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            appended(cache, 0, 10);
        }
        try (DiskFile reservation = disk.open(SPOOL.resolve("sequence"))) {
            reservation.truncate(0);
        }
        IOException refused = assertThrows(IOException.class, () -> open(disk));
        assertTrue(refused.toString().contains("sequence"), refused.toString());
    }

    @Test
    @Tag("I7")
    void aTokenOfACacheThatWasDeletedIsRefused() throws IOException {
        String token;
        try (Cache cache = open(new FaultyDisk())) {
            appended(cache, 0, 10);
            token = cache.continuation(LOGS, Position.after(new Sequence(7))).encode();
        }
        try (Cache cache = open(new FaultyDisk())) {
            appended(cache, 0, 10);
            ReadRequest request = ReadRequest.since(Continuation.parse(token));
            assertThrows(IllegalArgumentException.class, () -> cache.readRowsSince(request));
        }
    }

    @Test
    @Timeout(30)
    @Tag("I4")
    @Tag("I6")
    void aSlowFlushOfOneDatasetHidesNoRowBehindAReadersToken() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Disk slow = around(disk, (thread, asked) -> {
            if (thread.equals("flushes logs") && asked.endsWith(".parquet") && begun.getCount() > 0) {
                begun.countDown();
                goOn.await();
            }
        });
        try (Cache cache = open(slow)) {
            for (int i = 0; i < 30; i++) {
                append(cache, "logs", i * 10L, 10, "eu");
            }
            append(cache, "other", 0, 1, "eu");
            FutureTask<Flushed> flush = new FutureTask<>(() -> cache.flush("logs"));
            Thread.ofPlatform().name("flushes logs").start(flush);
            begun.await();
            cache.flush("other");
            List<Rows> seen = Rows.read(cache, LOGS, Position.START);
            Position since = Position.after(new Sequence(seen.getLast().sequence()));
            goOn.countDown();
            flush.get();
            assertEquals(300, seen.size());
            assertEquals(List.of(), Rows.read(cache, LOGS, since));
            append(cache, "logs", 300, 1, "eu");
            assertEquals(1, Rows.read(cache, LOGS, since).size());
            assertEquals(upTo(301), numbers(cache));
        }
    }

    /** What is done before a thread asks a disk for something. */
    @FunctionalInterface
    private interface Before {
        void call(String thread, String asked) throws Exception;
    }

    private static Disk around(Disk disk, Before before) {
        return (Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
                    before.call(
                            Thread.currentThread().getName(),
                            method.getName() + " " + (arguments == null ? "" : arguments[0]));
                    try {
                        return method.invoke(disk, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    @Tag("I5")
    void aSpoolFromBeforeAFlushBesideATableFromAfterItDoublesNothing() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        Map<Path, byte[]> spool = new HashMap<>();
        DurableFiles files = new DurableFiles(disk);
        try (Cache cache = open(disk)) {
            appended(cache, 0, 50);
            for (Path file : disk.list(SPOOL)) {
                spool.put(file, files.readAll(file));
            }
            cache.flush("logs");
        }
        for (Path file : disk.list(SPOOL)) {
            disk.delete(file);
        }
        for (Map.Entry<Path, byte[]> file : spool.entrySet()) {
            files.replace(file.getKey(), file.getValue());
        }
        clock.advance(Duration.ofMinutes(1));
        try (Cache cache = open(disk)) {
            assertEquals(upTo(50), numbers(cache));
            cache.flush("logs");
            appended(cache, 50, 1);
            cache.flush("logs");
            assertEquals(upTo(51), numbers(cache));
            assertEquals(0, cache.state("logs").conservationDelta());
        }
    }

    @Test
    @Tag("I1")
    void aFailedSyncThatLeavesCleanPagesFoolsNobody() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        Cache cache = open(disk);
        appended(cache, 0, 5);
        disk.inject(Faults.loseSync(disk.syncs() + 1));
        assertThrows(IOException.class, () -> appended(cache, 5, 5));
        cache.close();
        FaultyDisk found = disk.afterKill(); // The pages can still be read, and nobody will ever write them.
        List<Long> served;
        try (Cache next = open(found)) {
            served = numbers(next);
            appended(next, 10, 1);
        }
        List<Long> promised = new ArrayList<>(served);
        promised.add(10L);
        try (Cache last = open(found.afterPowerCut(Survivors.none()))) {
            assertEquals(promised, numbers(last));
            assertTrue(served.equals(upTo(5)) || served.equals(upTo(10)), served.toString());
        }
    }

    @Test
    @Tag("I1")
    void anAppendOfManyPartitionsIsThereWholeOrNotAtAll() throws IOException {
        String[] partitions = {"a", "b", "c", "d", "e", "f", "g"};
        int whole = 0;
        for (int seed = 0; seed < 200; seed++) {
            FaultyDisk disk = new FaultyDisk();
            Cache cache = open(disk);
            append(cache, "logs", 0, 7, partitions);
            disk.inject(call -> call.operation() == DiskOperation.SYNC ? Fault.CUT : Fault.NONE);
            assertThrows(IOException.class, () -> append(cache, "logs", 7, 140, partitions));
            cache.close();
            try (Cache next = open(disk.afterPowerCut(Survivors.random(seed)))) {
                int rows = numbers(next).size();
                assertTrue(rows == 7 || rows == 147, "seed " + seed + ": " + rows);
                whole += rows == 147 ? 1 : 0;
                for (String partition : partitions) {
                    Scope scope = Scope.of(Partition.of("logs", partition));
                    assertEquals(
                            rows / 7, Rows.read(next, scope, Position.START).size(), "seed " + seed);
                }
            }
        }
        assertTrue(whole > 20 && whole < 180, "both happen: " + whole);
    }

    @Test
    @Tag("I4")
    @Tag("I6")
    @Tag("I17")
    void aViewIsReadWholeWhateverWasFlushedAndDroppedSinceItWasPinned() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            for (int i = 0; i < 60; i++) {
                appended(cache, i * 200L, 200);
            }
            int segments = cache.spoolSegments();
            assertTrue(segments > 2);
            ReadRequest request = ReadRequest.since(cache.continuation(LOGS, Position.START));
            try (RowStream view = cache.readRowsSince(request)) {
                cache.flush("logs");
                appended(cache, 12_000, 1);
                assertEquals(segments, cache.spoolSegments(), "they stay while somebody reads");
                List<Long> seen = new ArrayList<>();
                for (RowBatch batch = view.next(); batch != null; batch = view.next()) {
                    try (RowBatch rows = batch) {
                        for (int row = 0; row < rows.rows(); row++) {
                            seen.add((Long) rows.vector("n").orElseThrow().getObject(row));
                        }
                    }
                }
                assertEquals(upTo(12_000), seen);
            }
            assertEquals(1, cache.spoolSegments(), "whoever leaves last lets them go");
            assertEquals(upTo(12_001), numbers(cache));
        }
    }

    @Test
    @Tag("I1")
    @Tag("I16")
    void aBackupAfterAnOpenThatFoundItsNewestSegmentEmptyHasEveryRow() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        Path second = SPOOL.resolve("%019d.spool".formatted(2));
        disk.inject(call -> call.operation() == DiskOperation.WRITE && disk.exists(second) ? Fault.CUT : Fault.NONE);
        long n = 0;
        Cache dying = open(disk);
        while (!disk.isCut()) {
            long next = n;
            try {
                appended(dying, next, 100);
                n += 100;
            } catch (IOException dead) {
                assertTrue(disk.isCut());
            }
        }
        dying.close();
        FaultyDisk found = disk.afterKill();
        Path copy = Path.of("/copy");
        try (Cache cache = open(found)) {
            assertEquals(upTo(n), numbers(cache));
            cache.backup(copy, (directory, target, copies) -> {});
        }
        found.rename(DIRECTORY, Path.of("/lost"));
        found.rename(copy, DIRECTORY);
        clock.advance(Duration.ofMinutes(1));
        Recovery.of(DIRECTORY, new DurableFiles(found)).restored(() -> {}, clock.instant());
        try (Cache restored = open(found)) {
            assertEquals(upTo(n), numbers(restored));
            assertTrue(restored.verify().isOk(), () -> "the copy is not whole");
        }
    }

    @Test
    @Timeout(30)
    @Tag("I1")
    void aFrameBehindATornOneNeverComesBack() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        Cache cache = open(disk);
        appended(cache, 0, 5);
        writeOneThatIsSyncedAndTwoThatAreNot(disk, cache);
        cache.close();
        FaultyDisk found = disk.afterKill();
        Path segment = found.list(SPOOL).stream()
                .filter(file -> file.toString().endsWith(".spool"))
                .reduce((first, second) -> second)
                .orElseThrow();
        List<Integer> frames = frames(new DurableFiles(found).readAll(segment));
        assertEquals(5, frames.size(), "the schema, and four appends");
        try (DiskFile file = found.open(segment)) {
            file.write(ByteBuffer.wrap(new byte[64]), frames.get(3) + 128); // Its body: the header is there twice.
        }
        for (long n = 10; n < 14; n++) {
            try (Cache next = open(found)) {
                assertEquals(upTo(n), numbers(next));
                appended(next, n, 1);
            }
            found = found.afterKill();
        }
    }

    /** Where frames begin in a segment. */
    private static List<Integer> frames(byte[] segment) {
        ByteBuffer bytes = ByteBuffer.wrap(segment);
        List<Integer> frames = new ArrayList<>();
        for (int at = 64; bytes.getInt(at) == 0x544D4652; at += 128 + (bytes.getInt(at + 28) + 63) / 64 * 64) {
            frames.add(at);
        }
        return frames;
    }

    private void writeOneThatIsSyncedAndTwoThatAreNot(FaultyDisk disk, Cache cache) throws Exception {
        CountDownLatch firstIsBeingSynced = new CountDownLatch(1);
        CountDownLatch othersWait = new CountDownLatch(1);
        List<FutureTask<AppendOutcome>> answers = new ArrayList<>();
        for (long n : new long[] {5, 100, 200}) {
            FutureTask<AppendOutcome> answer = new FutureTask<>(() -> append(cache, "logs", n, 5, "eu"));
            answers.add(answer);
            if (n == 5) {
                disk.inject(call -> {
                    if (call.operation() != DiskOperation.SYNC
                            || !call.path().toString().contains(".spool")) {
                        return Fault.NONE;
                    }
                    firstIsBeingSynced.countDown();
                    if (othersWait.getCount() == 0) {
                        return Fault.CUT;
                    }
                    await(othersWait);
                    return Fault.NONE;
                });
            }
            Thread.startVirtualThread(answer);
            firstIsBeingSynced.await();
            int waiting = answers.size() - 1;
            Awaitility.await().until(() -> cache.waitingAppends() == waiting);
        }
        othersWait.countDown();
        assertInstanceOf(Appended.class, answers.getFirst().get());
        assertThrows(ExecutionException.class, () -> answers.getLast().get());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Tag("I6")
    void partitionsWithNamesThatAreEasilyGotWrongAreKeptApart() throws IOException {
        String[] names = {"..", ".", "_null", "_empty", "", "all", "a/b", "%2F", "x".repeat(300), "x".repeat(299) + "y"
        };
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, "logs", 0, 100, names);
        }
        for (int life = 0; life < 2; life++) {
            clock.advance(Duration.ofMinutes(1));
            try (Cache cache = open(disk)) {
                assertEquals(names.length, cache.heads("logs").size());
                for (String name : names) {
                    List<Rows> rows = Rows.read(cache, Scope.of(Partition.of("logs", name)), Position.START);
                    assertEquals(10, rows.size(), name);
                    assertTrue(rows.stream().allMatch(row -> row.who().equals(name)), name);
                }
                assertEquals(
                        names.length,
                        Arrays.stream(names)
                                .map(name -> Partition.of("logs", name))
                                .distinct()
                                .count());
                cache.flush("logs");
            }
        }
    }

    @Test
    @Tag("I5")
    @Tag("I16")
    void aTableWhoseNewestMetadataIsTornOrGoneIsNeverReadAsItWasBefore() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            for (int i = 0; i < 6; i++) {
                appended(cache, i * 200L, 200);
                cache.flush("logs");
            }
            cache.upkeep(new UpkeepOrder(
                    "logs",
                    new RetentionRule(null, Long.MAX_VALUE, null, Duration.ZERO, RetentionRule.OverQuota.REFUSE),
                    RowHolds.Keeper.NOBODY,
                    new UpkeepLimits(Duration.ofSeconds(30), 1 << 20, 2 << 20, 4),
                    UpkeepOrder.Mode.RUN));
            assertEquals(1, cache.state("logs").files());
            appended(cache, 1200, 200);
            cache.flush("logs");
            assertEquals(1, cache.spoolSegments(), "no segment has rows of it any more");
        }
        Path metadata = DIRECTORY.resolve("tables/logs/metadata");
        int looked = 0;
        for (Path file : disk.list(metadata)) {
            if (file.toString().endsWith(".avro")) {
                continue;
            }
            looked++;
            int bytes = new DurableFiles(disk).readAll(file).length;
            for (int kept : new int[] {-1, 0, bytes / 2}) {
                FaultyDisk hurt = disk.afterKill();
                if (kept < 0) {
                    hurt.delete(file);
                } else {
                    try (DiskFile open = hurt.open(file)) {
                        open.truncate(kept);
                    }
                }
                assertWholeOrSaid(hurt, file.getFileName() + ", of which is left " + kept);
            }
        }
        assertTrue(looked >= 3, "files: " + looked);
    }

    /** All rows are read, or it is said that they cannot be: by a refusal, by a fence or by the books. */
    private void assertWholeOrSaid(FaultyDisk hurt, String what) throws IOException {
        clock.advance(Duration.ofMinutes(1));
        try (Cache cache = open(hurt)) {
            boolean isSaid =
                    cache.fence("logs").isPresent() || cache.state("logs").conservationDelta() != 0;
            List<Long> there;
            try {
                there = numbers(cache);
            } catch (IOException said) {
                return;
            }
            assertTrue(
                    isSaid || there.equals(upTo(1400)), () -> what + ": " + there.size() + " rows, and nothing said");
        } catch (CorruptDataException said) {
            assertTrue(said.toString().contains("logs"), said::toString);
        }
    }

    @Test
    @Tag("I6")
    @Tag("I13")
    void aReadOfWhatIsNewCostsTheSameHoweverMuchIsOld() throws IOException {
        long few = readAfter(4);
        long many = readAfter(40);
        System.out.printf("bytes read for 100 new rows: %d behind 8,000 old ones, %d behind 80,000%n", few, many);
        assertTrue(many < few + few / 2, few + " " + many);
    }

    /** Bytes that are read for 100 new rows, and then for none, behind so many files of 2,000 old ones. */
    private long readAfter(int files) throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            for (int i = 0; i < files; i++) {
                appended(cache, i * 2000L, 2000);
                cache.flush("logs");
            }
            List<Rows> old = Rows.read(cache, LOGS, Position.START);
            Position since = Position.after(new Sequence(old.getLast().sequence()));
            appended(cache, files * 2000L, 100);
            cache.flush("logs");
            long before = disk.bytesRead();
            List<Rows> fresh = Rows.read(cache, LOGS, since);
            long read = disk.bytesRead() - before;
            assertEquals(100, fresh.size());
            Position end = Position.after(new Sequence(fresh.getLast().sequence()));
            long after = disk.bytesRead();
            assertEquals(List.of(), Rows.read(cache, LOGS, end));
            assertEquals(after, disk.bytesRead(), "a read of nothing");
            return read;
        }
    }
}
