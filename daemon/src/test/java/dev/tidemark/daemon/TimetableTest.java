// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.daemon.status.Status.TimetableEntry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class TimetableTest {
    private static final Duration EVERY = Duration.ofSeconds(10);

    private final ManualClock clock = ManualClock.started();
    private final Instant start = clock.instant();
    private final BlockingQueue<Throwable> fatal = new LinkedBlockingQueue<>();
    private final Timetable timetable = new Timetable(clock, fatal::add);

    @Test
    void anEntryRunsAtOnceAndThenWhenItsPeriodIsOver() {
        AtomicInteger runs = new AtomicInteger();
        timetable.add("tick", EVERY, () -> "run " + runs.incrementAndGet());

        startAndFinish();
        startAndFinish();
        assertEquals(new TimetableEntry("tick", start, "run 1", start.plus(EVERY), start), only());

        clock.advance(EVERY);
        startAndFinish();
        assertEquals(
                new TimetableEntry(
                        "tick", start.plus(EVERY), "run 2", start.plus(EVERY).plus(EVERY), start),
                only());
    }

    @Test
    void anEntryThatHasNotRunSaysSo() {
        timetable.add("tick", EVERY, () -> Timetable.OK);

        assertNull(only().lastRun());
        assertNull(only().lastResult());
        assertEquals(start, only().nextRun());
    }

    @Test
    void anEntryThatIsNoLongerWantedIsNeitherRunNorShown() {
        AtomicBoolean wanted = new AtomicBoolean(true);
        AtomicInteger runs = new AtomicInteger();
        timetable.add("tick", EVERY, wanted::get, () -> "run " + runs.incrementAndGet());
        startAndFinish();

        wanted.set(false);
        assertEquals(List.of(), timetable.entries());
        clock.advance(EVERY);
        timetable.startDue();
        wanted.set(true);
        assertEquals(List.of(), timetable.entries());
        assertEquals(1, runs.get());
    }

    @Test
    void anEntryNeverOverlapsItselfAndDelaysNobody() throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger slowRuns = new AtomicInteger();
        Semaphore quick = new Semaphore(0);
        timetable.add("slow", EVERY, () -> {
            slowRuns.incrementAndGet();
            go.await();
            return Timetable.OK;
        });
        timetable.add("quick", EVERY, () -> {
            quick.release();
            return Timetable.OK;
        });

        timetable.startDue();
        quick.acquire();
        awaitQuickIdle();
        clock.advance(EVERY.multipliedBy(3));
        timetable.startDue();
        quick.acquire();
        assertEquals(1, slowRuns.get());

        go.countDown();
        timetable.awaitIdle();
        startAndFinish();
        assertEquals(2, slowRuns.get());
    }

    @Test
    void aFailureIsShownAndTheEntryGoesOn() {
        AtomicInteger runs = new AtomicInteger();
        timetable.add("flush", EVERY, () -> {
            if (runs.incrementAndGet() < 3) {
                throw new IOException("disk gone");
            }
            return Timetable.OK;
        });

        startAndFinish();
        assertEquals("failed: disk gone", only().lastResult());

        clock.advance(EVERY);
        startAndFinish();
        assertEquals(start.plus(EVERY), only().lastRun());
        assertEquals(start, only().failingSince());

        clock.advance(EVERY);
        startAndFinish();
        assertNull(only().failingSince());
        assertEquals(Timetable.OK, only().lastResult());
    }

    @Test
    void anErrorIsNotSurvived() throws InterruptedException {
        Error error = new AssertionError("we are wrong");
        timetable.add("sink:archive", EVERY, () -> {
            throw error;
        });

        timetable.startDue();

        assertSame(error, fatal.poll(10, TimeUnit.SECONDS));
    }

    @Test
    void aClockThatIsSetBackDelaysNobodyForLongerThanAPeriod() {
        AtomicInteger runs = new AtomicInteger();
        timetable.add("tick", EVERY, () -> "run " + runs.incrementAndGet());
        startAndFinish();

        clock.set(start.minus(Duration.ofDays(1)));
        startAndFinish();
        clock.advance(EVERY);
        startAndFinish();

        assertEquals(2, runs.get());
    }

    @Test
    void nothingIsStartedOnceItIsClosed() {
        AtomicInteger runs = new AtomicInteger();
        timetable.add("tick", EVERY, () -> "run " + runs.incrementAndGet());

        timetable.close();
        startAndFinish();

        assertEquals(0, runs.get());
    }

    @Test
    void startedItRunsByItself() throws InterruptedException {
        CountDownLatch ran = new CountDownLatch(1);
        timetable.add("tick", EVERY, () -> {
            ran.countDown();
            return Timetable.OK;
        });

        timetable.start();

        assertTrue(ran.await(10, TimeUnit.SECONDS));
        timetable.close();
    }

    private void startAndFinish() {
        timetable.startDue();
        timetable.awaitIdle();
    }

    private void awaitQuickIdle() {
        while (timetable.entries().get(1).lastResult() == null) {
            Thread.onSpinWait();
        }
    }

    private TimetableEntry only() {
        return timetable.entries().getFirst();
    }
}
