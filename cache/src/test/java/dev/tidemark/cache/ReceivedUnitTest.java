// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Duplicate;
import dev.tidemark.cache.AppendOutcome.ForeignLife;
import dev.tidemark.cache.AppendOutcome.LostPosition;
import dev.tidemark.cache.AppendOutcome.OriginTaken;
import dev.tidemark.cache.AppendOutcome.Straddles;
import dev.tidemark.cache.ReceivedUnit.Lives;
import dev.tidemark.cache.ReceivedUnit.Order;
import dev.tidemark.cache.ReceivedUnit.Range;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.memory.RootAllocator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Another cache's rows are stored once, and what its sender says of the past is held against what is remembered. */
@Tag("I10")
class ReceivedUnitTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final String ORIGIN = "abc/central";
    private static final Partition PARTITION = new Partition("logs", "eu");

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();
    private final FaultyDisk disk = new FaultyDisk();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk on) throws IOException {
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, 1 << 14, 1000, 1 << 20),
                new DurableFiles(on),
                memory,
                clock);
    }

    private static ReceivedUnit unit(long since, long through) {
        return unit(ORIGIN, null, since, through, null, null);
    }

    private static ReceivedUnit unit(
            String origin,
            @Nullable String owner,
            long since,
            long through,
            @Nullable Position prior,
            @Nullable Lives lives) {
        return new ReceivedUnit(
                origin, owner, PARTITION.name(), new Range(Order.SEQUENCE, since, through), prior, lives);
    }

    private static ReceivedUnit prior(long since, long through, long legacy, long sequence) {
        return unit(ORIGIN, null, since, through, new Position(legacy, sequence), null);
    }

    private static ReceivedUnit lives(long since, long through, String present, @Nullable String previous) {
        return unit(ORIGIN, null, since, through, null, new Lives(present, previous));
    }

    private static ReceivedUnit owned(String owner, long since, long through) {
        return unit(ORIGIN, owner, since, through, null, null);
    }

    /** A row for each number of the unit's range. */
    private AppendOutcome append(Cache cache, ReceivedUnit unit) throws IOException {
        return append(cache, "logs", unit);
    }

    private AppendOutcome append(Cache cache, String dataset, ReceivedUnit unit) throws IOException {
        Dataset known = cache.dataset(dataset).orElse(Rows.proposal(dataset));
        long since = unit.range().since();
        int rows = (int) (unit.range().through() - since);
        try (RowBatch batch = Rows.batch(known, memory, since + 1, rows, "a")) {
            return cache.append(batch, AppendFacts.of(unit));
        }
    }

    private static Received at(long legacy, long sequence) {
        return new Received(new Position(legacy, sequence), null);
    }

    private static List<Long> numbers(Cache cache) throws IOException {
        return Rows.read(cache, Scope.whole("logs"), Position.START).stream()
                .map(Rows::n)
                .toList();
    }

    @Test
    void aUnitThatIsThereIsADuplicateAndOneThatStraddlesIsCut() throws IOException {
        try (Cache cache = open(disk)) {
            assertEquals(Optional.empty(), cache.received(ORIGIN, PARTITION));
            assertInstanceOf(Appended.class, append(cache, unit(0, 3)));
            assertEquals(new Duplicate(at(0, 3)), append(cache, unit(0, 3)));
            assertEquals(new Duplicate(at(0, 3)), append(cache, unit(1, 2)));
            ReceivedUnit longer = unit(1, 5);
            assertEquals(new Straddles(at(0, 3)), append(cache, longer));
            assertInstanceOf(Appended.class, append(cache, longer.after(3)));
            assertInstanceOf(Appended.class, append(cache, unit(7, 8)));
            assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 8L), numbers(cache));
            assertEquals(Optional.of(at(0, 8)), cache.received(ORIGIN, PARTITION));
        }
    }

    @Test
    void originsDatasetsPartitionsAndOrdersEachHaveTheirOwnPosition() throws IOException {
        try (Cache cache = open(disk)) {
            append(cache, unit(0, 3));
            assertInstanceOf(Appended.class, append(cache, unit("abc/other", null, 0, 3, null, null)));
            assertInstanceOf(Appended.class, append(cache, "events", unit(0, 3)));
            Range again = new Range(Order.SEQUENCE, 0, 3);
            assertInstanceOf(Appended.class, append(cache, new ReceivedUnit(ORIGIN, null, "us", again, null, null)));
            Range legacy = new Range(Order.LEGACY, 0, 2);
            ReceivedUnit old = new ReceivedUnit(ORIGIN, null, "eu", legacy, null, null);
            assertInstanceOf(Appended.class, append(cache, old));
            assertEquals(new Duplicate(at(2, 3)), append(cache, old));
        }
    }

    @Test
    void aSenderThatWasAcknowledgedMoreThanIsThereIsTold() throws IOException {
        try (Cache cache = open(disk)) {
            assertEquals(new LostPosition(at(0, 0)), append(cache, prior(3, 5, 0, 3)));
            append(cache, prior(0, 3, 0, 0));
            assertEquals(new LostPosition(at(0, 3)), append(cache, prior(3, 5, 0, 4)));
            assertEquals(new LostPosition(at(0, 3)), append(cache, prior(0, 3, 1, 3)));
            assertInstanceOf(Appended.class, append(cache, prior(3, 5, 0, 3)));
            assertEquals(List.of(1L, 2L, 3L, 4L, 5L), numbers(cache));
        }
    }

    @Test
    @Tag("I19")
    void anotherLifeThanTheSendersEndsIt() throws IOException {
        try (Cache cache = open(disk)) {
            assertInstanceOf(Appended.class, append(cache, unit(0, 1)));
            assertInstanceOf(Appended.class, append(cache, lives(1, 2, "one", null)));
            assertInstanceOf(Appended.class, append(cache, lives(2, 3, "two", "one")));
            assertEquals(new ForeignLife("two"), append(cache, lives(3, 4, "copy", "one")));
            // What a copy calls the same rows may be others.
            assertEquals(new ForeignLife("two"), append(cache, lives(1, 2, "copy", "one")));
            assertInstanceOf(Appended.class, append(cache, unit(3, 4)));
            assertEquals(Optional.of(new Received(new Position(0, 4), "two")), cache.received(ORIGIN, PARTITION));
        }
    }

    @Test
    void anOriginBelongsToTheTokenThatUsedItFirst() throws IOException {
        try (Cache cache = open(disk)) {
            append(cache, owned("edge", 0, 1));
            assertEquals(new OriginTaken(), append(cache, owned("other", 1, 2)));
            assertEquals(new OriginTaken(), append(cache, "events", owned("other", 0, 1)));
            assertInstanceOf(Appended.class, append(cache, owned("edge", 1, 2)));
        }
        try (Cache next = open(disk.afterPowerCut(Survivors.none()))) {
            assertEquals(new OriginTaken(), append(next, owned("other", 2, 3)));
        }
    }

    @Test
    @Tag("I1")
    void whoRepeatsAUnitWaitsForTheSyncOfTheFirst() throws Exception {
        try (Cache cache = open(disk);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            append(cache, "events", unit(0, 1));
            CountDownLatch held = new CountDownLatch(1);
            CountDownLatch letGo = new CountDownLatch(1);
            disk.inject(call -> {
                if (call.operation().isSync()) {
                    held.countDown();
                    await(letGo);
                }
                return Fault.NONE;
            });
            Future<AppendOutcome> blocking = threads.submit(() -> append(cache, "events", unit(1, 2)));
            await(held);
            List<Future<AppendOutcome>> group = new ArrayList<>();
            for (ReceivedUnit each :
                    List.of(owned("edge", 0, 3), owned("edge", 0, 3), owned("edge", 0, 4), owned("other", 3, 4))) {
                group.add(threads.submit(() -> append(cache, each)));
                int waiting = group.size();
                Awaitility.await().until(() -> cache.waitingAppends() == waiting);
            }
            assertFalse(group.get(1).isDone());
            letGo.countDown();
            assertInstanceOf(Appended.class, blocking.get());
            assertInstanceOf(Appended.class, group.get(0).get());
            assertEquals(new Duplicate(at(0, 3)), group.get(1).get());
            assertEquals(new Straddles(at(0, 3)), group.get(2).get());
            assertEquals(new OriginTaken(), group.get(3).get());
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
    void aUnitThatLostItsSyncIsNeitherAnsweredNorRemembered() throws IOException {
        try (Cache cache = open(disk)) {
            append(cache, unit(0, 2));
            disk.inject(Faults.loseSync(disk.syncs() + 1));
            assertThrows(IOException.class, () -> append(cache, unit(2, 5)));
            disk.inject(Faults.NONE);
            assertThrows(IOException.class, () -> append(cache, unit(2, 5)));
        }
        try (Cache next = open(disk.afterPowerCut(Survivors.none()))) {
            assertEquals(Optional.of(at(0, 2)), next.received(ORIGIN, PARTITION));
            assertInstanceOf(Appended.class, append(next, unit(2, 5)));
        }
    }

    @Test
    @Tag("I17")
    void aPositionSurvivesTheSegmentThatHeldIt() throws IOException {
        Received kept = new Received(new Position(0, 3), "one");
        try (Cache cache = open(disk)) {
            append(cache, lives(0, 3, "one", null));
            for (int i = 0; cache.spoolSegments() < 3; i++) {
                append(cache, unit("filling", null, 50L * i, 50L * i + 50, null, null));
            }
            cache.flush("logs");
            assertEquals(1, cache.spoolSegments());
            assertEquals(new Duplicate(kept), append(cache, unit(0, 3)));
        }
        FaultyDisk found = disk.afterPowerCut(Survivors.none());
        for (int life = 0; life < 2; life++) {
            try (Cache next = open(found)) {
                assertEquals(Optional.of(kept), next.received(ORIGIN, PARTITION));
                assertEquals(new Duplicate(kept), append(next, unit(0, 3)));
            }
        }
    }

    @Test
    @Tag("I13")
    void aReplayIsForgottenThirtyDaysAfterItsLastUnitAndAMainStreamIsNot() throws IOException {
        ReceivedUnit replay = unit(ORIGIN + "/again-3", "edge", 0, 3, null, null);
        ReceivedUnit byAnother = unit(ORIGIN + "/again-3", "other", 0, 3, null, null);
        try (Cache cache = open(disk)) {
            append(cache, unit(0, 3));
            append(cache, replay);
            clock.advance(Duration.ofDays(30));
            assertEquals(new Duplicate(at(0, 3)), append(cache, replay));
            clock.advance(Duration.ofNanos(1000));
            assertEquals(Optional.empty(), cache.received(replay.origin(), PARTITION));
            assertInstanceOf(Appended.class, append(cache, byAnother));
            assertEquals(new Duplicate(at(0, 3)), append(cache, unit(0, 3)));
            assertEquals(new Duplicate(at(0, 3)), append(cache, byAnother));
        }
    }
}
