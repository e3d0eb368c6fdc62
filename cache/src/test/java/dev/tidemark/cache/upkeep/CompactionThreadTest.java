// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who closes a cache gives its directory away. */
class CompactionThreadTest {
    @Test
    @Tag("I3")
    void afterCloseNothingRunsHoweverLongItTakesToPutDown() throws Exception {
        CompactionThread thread = new CompactionThread(new DiskShare());
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        AtomicBoolean putDown = new AtomicBoolean();
        FutureTask<Boolean> running = new FutureTask<>(() -> thread.run("test", pace -> {
            begun.countDown();
            uninterrupted(released);
            putDown.set(true);
            return true;
        }));
        Thread.ofPlatform().daemon().start(running);
        begun.await();
        FutureTask<Boolean> closing = new FutureTask<>(() -> {
            thread.close();
            return putDown.get();
        });
        Thread closer = Thread.ofPlatform().daemon().start(closing);

        Awaitility.await().until(() -> closer.getState() == Thread.State.WAITING);
        closer.interrupt();
        Awaitility.await().until(() -> closer.getState() == Thread.State.WAITING);
        released.countDown();

        assertTrue(closing.get(30, TimeUnit.SECONDS), "something still ran");
        running.get(30, TimeUnit.SECONDS);
        assertThrows(InterruptedIOException.class, () -> thread.run("late", pace -> true));
    }

    private static void uninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
