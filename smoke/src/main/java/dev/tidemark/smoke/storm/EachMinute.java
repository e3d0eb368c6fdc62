// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Says each minute how far a storm has come, for whoever waits for it. */
final class EachMinute implements AutoCloseable {
    private static final double NANOS = 1e9;
    private static final double NANOS_A_MINUTE = 60 * NANOS;

    private final CountDownLatch closed = new CountDownLatch(1);
    private final LongSupplier rows;
    private final LongSupplier kills;
    private final Supplier<String> lag;
    private final long begun;
    private long rowsBefore;
    private long before;

    EachMinute(LongSupplier rows, LongSupplier kills, Supplier<String> lag, long begun) {
        this.rows = rows;
        this.kills = kills;
        this.lag = lag;
        this.begun = begun;
        this.before = begun;
    }

    EachMinute start() {
        Thread.ofPlatform().daemon().name("each-minute").start(this::say);
        return this;
    }

    private void say() {
        try {
            while (!closed.await(1, TimeUnit.MINUTES)) {
                System.err.println(words(System.nanoTime()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is true at some time, and the rate since these words were last asked for. */
    synchronized String words(long now) {
        long made = rows.getAsLong();
        double rate = (made - rowsBefore) * NANOS / Math.max(1, now - before);
        String words = String.format(
                Locale.ROOT,
                "storm: %.0f min, rows %d, %.0f/s, kills %d, %s",
                (now - begun) / NANOS_A_MINUTE,
                made,
                rate,
                kills.getAsLong(),
                lag.get());
        rowsBefore = made;
        before = now;
        return words;
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
