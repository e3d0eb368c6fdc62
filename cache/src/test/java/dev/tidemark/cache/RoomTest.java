// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.Limit;
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
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rows are refused before there is no room for what makes room, and taken again as soon as there is. */
@Tag("I11")
@Tag("I13")
class RoomTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final Path BALLAST = DIRECTORY.resolve("ballast");
    private static final int SEGMENT_BYTES = 1 << 14;
    private static final long RESERVE_BYTES = 1 << 20;

    private final RootAllocator memory = new RootAllocator();
    private final FaultyDisk disk = new FaultyDisk();
    private final List<Long> stored = new ArrayList<>();
    private long next;

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk on, RoomLimits limits) throws IOException {
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, 1000, 1 << 20, limits),
                new DurableFiles(on),
                memory,
                ManualClock.started());
    }

    private Cache open(RoomLimits limits) throws IOException {
        return open(disk, limits);
    }

    /** Appends 50 rows under a key of their own. */
    private AppendOutcome append(Cache cache) throws IOException {
        return append(cache, next++);
    }

    private AppendOutcome append(Cache cache, long number) throws IOException {
        byte[] body = Long.toString(number).getBytes(StandardCharsets.UTF_8);
        AppendFacts facts = AppendFacts.of(IdempotencyKey.of("key" + number, body, body.length));
        Dataset known = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(known, memory, number * 50, 50, "a")) {
            AppendOutcome outcome = cache.append(batch, facts);
            if (outcome instanceof Appended) {
                for (long n = number * 50; n < number * 50 + 50; n++) {
                    stored.add(n);
                }
            }
            return outcome;
        }
    }

    private Full appendUntilFull(Cache cache) throws IOException {
        while (true) {
            if (append(cache) instanceof Full full) {
                return full;
            }
        }
    }

    private void requireAllAndNoMore(Cache cache) throws IOException {
        assertEquals(
                stored,
                Rows.read(cache, Scope.whole("logs"), Position.START).stream()
                        .map(Rows::n)
                        .toList());
        assertEquals(0, cache.state("logs").conservationDelta());
    }

    /** Lets so many bytes be free. */
    private void leave(FaultyDisk on, long bytes) throws IOException {
        on.holdAtMost(Long.MAX_VALUE);
        on.holdAtMost(Long.MAX_VALUE - on.usableBytes(DIRECTORY) + bytes);
    }

    private static RoomLimits reserve() {
        return new RoomLimits(Long.MAX_VALUE, RESERVE_BYTES, 0);
    }

    @Test
    void belowTheReserveRowsAreRefusedBeforeAnythingIsWrittenAndAFlushIsNot() throws IOException {
        try (Cache cache = open(reserve())) {
            assertInstanceOf(Appended.class, append(cache));
            leave(disk, RESERVE_BYTES - 1);
            long before = disk.operations();
            assertEquals(Limit.DISK, assertInstanceOf(Full.class, append(cache)).limit());
            assertEquals(before, disk.operations());
            assertEquals(Limit.DISK, cache.room().refusing());
            assertEquals(50, cache.flush("logs").rows());
            requireAllAndNoMore(cache);
            leave(disk, RESERVE_BYTES);
            assertNull(cache.room().refusing());
            assertInstanceOf(Appended.class, append(cache));
            requireAllAndNoMore(cache);
        }
    }

    @Test
    void aSegmentDoesNotTouchTheReserve() throws IOException {
        try (Cache cache = open(reserve())) {
            leave(disk, RESERVE_BYTES + 3 * SEGMENT_BYTES + 100_000);
            assertEquals(Limit.DISK, appendUntilFull(cache).limit());
            assertTrue(disk.usableBytes(DIRECTORY) >= RESERVE_BYTES);
            assertEquals(Limit.DISK, cache.room().refusing());
            leave(disk, 3 * RESERVE_BYTES);
            assertInstanceOf(Appended.class, append(cache));
            requireAllAndNoMore(cache);
        }
    }

    @Test
    void aQuotaIsKeptAndEndsWithAFlush() throws IOException {
        RoomLimits quota = new RoomLimits(4 * SEGMENT_BYTES, 0, 0);
        try (Cache cache = open(quota)) {
            for (int round = 0; round < 3; round++) {
                assertEquals(Limit.QUOTA, appendUntilFull(cache).limit());
                assertEquals(Limit.QUOTA, cache.room().refusing());
                assertTrue(cache.room().isTight());
                assertTrue(cache.spoolBytes() <= 4 * SEGMENT_BYTES);
                cache.flush("logs");
                assertNull(cache.room().refusing());
                assertInstanceOf(Appended.class, append(cache));
                requireAllAndNoMore(cache);
            }
        }
    }

    @Test
    void whoRepeatsItselfIsAnsweredOnAFullDisk() throws IOException {
        try (Cache cache = open(reserve())) {
            assertInstanceOf(Appended.class, append(cache, 7));
            leave(disk, 0);
            assertInstanceOf(Replayed.class, append(cache, 7));
            assertInstanceOf(Full.class, append(cache, 8));
        }
    }

    @Test
    void aDiskThatOthersFilledToTheBrimKeepsNoCacheFromOpening() throws IOException {
        RoomLimits limits = new RoomLimits(Long.MAX_VALUE, RESERVE_BYTES, SEGMENT_BYTES + 8192);
        try (Cache cache = open(limits)) {
            for (int i = 0; i < 5; i++) {
                append(cache);
            }
            cache.keepBallast();
            assertTrue(disk.exists(BALLAST));
        }
        FaultyDisk without = disk.afterPowerCut(Survivors.all());
        without.delete(BALLAST);
        leave(without, 0);
        assertThrows(IOException.class, () -> open(without, limits));
        leave(disk, 0);
        for (int life = 0; life < 3; life++) {
            try (Cache cache = open(limits)) {
                requireAllAndNoMore(cache);
                assertInstanceOf(Full.class, append(cache));
            }
        }
        leave(disk, 2 * RESERVE_BYTES);
        try (Cache cache = open(limits)) {
            assertInstanceOf(Appended.class, append(cache));
            cache.keepBallast();
            assertTrue(disk.exists(BALLAST));
            requireAllAndNoMore(cache);
        }
    }

    @Test
    @Tag("I17")
    void segmentsGoAlsoWhenTheDiskHasNoRoomForTheCheckpoint() throws IOException {
        RoomLimits limits = new RoomLimits(Long.MAX_VALUE, 0, SEGMENT_BYTES + 8192);
        try (Cache cache = open(limits)) {
            while (cache.spoolSegments() < 4) {
                append(cache);
            }
            cache.keepBallast();
            Continuation start = cache.continuation(Scope.whole("logs"), Position.START);
            try (RowStream reader = cache.readRowsSince(ReadRequest.since(start))) {
                assertEquals(start, reader.after());
                cache.flush("logs");
                leave(disk, 0);
            }
            assertEquals(1, cache.spoolSegments());
            assertFalse(disk.exists(BALLAST));
            requireAllAndNoMore(cache);
        }
        try (Cache cache = open(limits)) {
            requireAllAndNoMore(cache);
        }
    }

    @Test
    void aReaderIsNotTroubledByADiskThatHasNoRoomForACheckpoint() throws IOException {
        try (Cache cache = open(RoomLimits.NONE)) {
            while (cache.spoolSegments() < 4) {
                append(cache);
            }
            Continuation start = cache.continuation(Scope.whole("logs"), Position.START);
            try (RowStream reader = cache.readRowsSince(ReadRequest.since(start))) {
                assertEquals(start, reader.after());
                cache.flush("logs");
                leave(disk, 0);
            }
            assertEquals(4, cache.spoolSegments());
            leave(disk, RESERVE_BYTES);
            append(cache);
            cache.flush("logs");
            assertEquals(1, cache.spoolSegments());
            requireAllAndNoMore(cache);
        }
    }

    @Test
    @Tag("I1")
    void whereverTheDiskIsFoundFullNothingIsLostAndItGoesOn() throws IOException {
        for (long k = 1; ; k++) {
            stored.clear();
            next = 0;
            FaultyDisk one = new FaultyDisk();
            one.inject(Faults.at(k, Fault.FULL));
            run(one);
            boolean ended = one.operations() < k;
            one.inject(Faults.NONE);
            try (Cache cache = open(one, RoomLimits.NONE)) {
                assertInstanceOf(Appended.class, append(cache));
                cache.flush("logs");
                requireAllAndNoMore(cache);
            } catch (IOException | AssertionError e) {
                throw new AssertionError("full at operation " + k, e);
            }
            if (ended) {
                return;
            }
        }
    }

    /** Appends and flushes; what fails is tried again, in a new life where the old one is over. */
    private void run(FaultyDisk on) throws IOException {
        for (int life = 0; life < 2; life++) {
            try (Cache cache = open(on, RoomLimits.NONE)) {
                for (int i = 0; i < 8; i++) {
                    append(cache);
                    if (i % 3 == 2) {
                        flushTwice(cache);
                    }
                }
                return;
            } catch (IOException e) {
                next = 100; // What became of the last append, only the next life knows: it is not counted on.
                forgetUnknown(on);
            }
        }
    }

    private static void flushTwice(Cache cache) throws IOException {
        try {
            cache.flush("logs");
        } catch (IOException e) {
            cache.flush("logs");
        }
    }

    /** An append whose answer was lost may be there or not; whatever is there counts from now on. */
    private void forgetUnknown(FaultyDisk on) throws IOException {
        try (Cache cache = open(on, RoomLimits.NONE)) {
            if (cache.dataset("logs").isEmpty()) {
                assertEquals(List.of(), stored);
                return;
            }
            List<Long> there = Rows.read(cache, Scope.whole("logs"), Position.START).stream()
                    .map(Rows::n)
                    .toList();
            assertEquals(stored, there.subList(0, stored.size()));
            stored.clear();
            stored.addAll(there);
        }
    }

    @Test
    @Tag("I1")
    void afterAnErrorThatLeavesCleanPagesNothingIsBelievedThatIsOnNoDisk() throws IOException {
        FaultyDisk found;
        try (Cache cache = open(RoomLimits.NONE)) {
            append(cache);
            disk.inject(Faults.loseSync(disk.syncs() + 1));
            assertThrows(IOException.class, () -> append(cache));
            disk.inject(Faults.NONE);
            assertThrows(IOException.class, () -> append(cache));
            found = disk.afterKill();
        }
        // The process comes back and sees pages that the kernel calls clean; then the power goes.
        List<Rows> served;
        try (Cache cache = open(found, RoomLimits.NONE)) {
            served = Rows.read(cache, Scope.whole("logs"), Position.START);
            assertEquals(stored, served.stream().map(Rows::n).toList().subList(0, stored.size()));
        }
        try (Cache cache = open(found.afterPowerCut(Survivors.none()), RoomLimits.NONE)) {
            assertEquals(served, Rows.read(cache, Scope.whole("logs"), Position.START));
        }
        try (Cache cache = open(disk.afterPowerCut(Survivors.none()), RoomLimits.NONE)) {
            requireAllAndNoMore(cache);
        }
    }
}
