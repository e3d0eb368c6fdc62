// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.testing.ManualClock;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("I13")
final class PaceTest {
    private final ManualClock clock = ManualClock.started();

    /** Time goes on by itself, a little at each look. */
    private Pace passing(long rate) {
        return new Pace(rate, () -> {
            clock.advance(Duration.ofMillis(40));
            return clock.instant();
        });
    }

    @Test
    void bytesLeaveNoFasterThanTheyMay() throws IOException {
        Instant start = clock.instant();
        byte[] bytes = "0123456789".repeat(30).getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        passing(200).over(out).write(bytes);

        assertArrayEquals(bytes, out.toByteArray());
        Duration took = Duration.between(start, clock.instant());
        assertTrue(took.compareTo(Duration.ofMillis(1250)) >= 0, "the first slice is free: " + took);
        assertTrue(took.compareTo(Duration.ofSeconds(2)) < 0, "and no more than that is waited: " + took);

        start = clock.instant();
        assertArrayEquals(
                bytes, passing(200).over(new ByteArrayInputStream(bytes)).readAllBytes());
        took = Duration.between(start, clock.instant());
        assertTrue(took.compareTo(Duration.ofMillis(1250)) >= 0, "read: " + took);
    }

    @Test
    void withoutALimitNothingIsLookedAt() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertEquals(out, new Pace(0, clock).over(out));
        new Pace(0, clock).await(Long.MAX_VALUE);
        assertEquals(Duration.ZERO, new Pace(0, clock).time(1 << 30));
    }

    @Test
    void whoWaitsIsStoppedAndTheNextOneIsNot() throws Exception {
        Pace pace = new Pace(4, clock);
        pace.await(1);
        CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> {
            try {
                pace.await(1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        while (!waiting.isDone()) {
            pace.stop();
            Thread.onSpinWait();
        }
        ExecutionException stopped = assertThrows(ExecutionException.class, () -> waiting.get(1, TimeUnit.SECONDS));
        UncheckedIOException why = assertInstanceOf(UncheckedIOException.class, stopped.getCause());
        assertInstanceOf(InterruptedIOException.class, why.getCause());

        clock.advance(Duration.ofSeconds(1));
        pace.await(1);
    }

    @Test
    void aClockThatWasSetBackMakesNobodyWait() throws IOException {
        Pace pace = new Pace(4, clock);
        pace.await(1);
        clock.set(clock.instant().minus(Duration.ofDays(400)));
        pace.await(1);
    }
}
