// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.daemon.config.FlushSettings;
import dev.tidemark.daemon.metrics.Metrics;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves the rows of a dataset into its table when they are many, big or old enough.
 *
 * <p>It decides from counts in memory, so that looking every second opens nothing. Age counts from the look that first
 * saw a row waiting; bytes are what the whole spool grew by. Where room is tight nothing waits to be due, because what is
 * flushed makes room. Used by one thread at a time.
 */
final class FlushWatch {
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final int DOUBLINGS_MAX = 8;
    /** Space may have come back since, and rows be refused until a flush. */
    private static final int DOUBLINGS_FOR_ROOM_MAX = 2;

    private static final Duration BETWEEN_TIGHT = Duration.ofSeconds(5);

    private final Cache cache;
    private final Supplier<FlushSettings> settings;
    private final InstantSource clock;
    private final Metrics metrics;
    private final Map<String, Instant> waitingSince = new HashMap<>();
    private final Map<String, Setback> setbacks = new HashMap<>();
    private long spoolBytesBefore;
    private Instant flushedForRoom = Instant.MIN;

    /** Why a dataset could not be flushed, how often in a row, and when it is tried again. */
    private record Setback(IOException failure, int failures, Instant retry) {}

    FlushWatch(Cache cache, Supplier<FlushSettings> settings, InstantSource clock, Metrics metrics) {
        this.cache = cache;
        this.settings = settings;
        this.clock = clock;
        this.metrics = metrics;
    }

    /**
     * Flushes what is due. A dataset that cannot be flushed does not keep the others from it, and waits longer each
     * time, because every attempt may leave a file of all its rows behind.
     *
     * @throws IOException as long as there is a dataset that could not be flushed
     */
    void look() throws IOException {
        long spoolBytes = cache.spoolBytes();
        spoolBytesBefore = Math.min(spoolBytesBefore, spoolBytes);
        boolean tight = isPast(flushedForRoom) && cache.room().isTight();
        if (tight) {
            flushedForRoom = clock.instant().plus(BETWEEN_TIGHT);
        }
        boolean big = tight || spoolBytes - spoolBytesBefore >= settings.get().bytes();
        IOException failure = null;
        for (Dataset dataset : cache.datasets()) {
            String name = dataset.name();
            Setback setback = setbacks.get(name);
            if (setback == null ? isDue(name, big) : isPast(setback.retry())) {
                setback = flush(name, setback == null ? 0 : setback.failures());
            }
            if (setback != null) {
                failure = joined(failure, setback.failure());
            }
        }
        cache.relieve();
        for (int each = cache.recallPins(); each > 0; each--) {
            metrics.limited("pin");
        }
        if (failure != null) {
            throw failure;
        }
        if (big) {
            spoolBytesBefore = cache.spoolBytes();
        }
    }

    /** Tries once; why it failed, or null. */
    private @Nullable Setback flush(String dataset, int failures) {
        try {
            long begun = System.nanoTime();
            cache.flush(dataset);
            metrics.flushed(Duration.ofNanos(System.nanoTime() - begun));
            waitingSince.remove(dataset);
            setbacks.remove(dataset);
            return null;
        } catch (IOException | RuntimeException e) {
            int doublings = isFull(e) ? DOUBLINGS_FOR_ROOM_MAX : DOUBLINGS_MAX;
            Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(failures, doublings));
            Setback setback = new Setback(
                    new IOException("could not flush " + dataset, e),
                    failures + 1,
                    clock.instant().plus(wait));
            setbacks.put(dataset, setback);
            return setback;
        }
    }

    private static boolean isFull(Throwable failure) {
        return (failure instanceof IOException ofDisk && Disk.isFull(ofDisk))
                || (failure.getCause() != null && isFull(failure.getCause()));
    }

    /** Whether a moment that is near has come; it has too when the clock was set back before it was named. */
    private boolean isPast(Instant moment) {
        Instant now = clock.instant();
        return !moment.isAfter(now) || moment.isAfter(now.plus(FIRST_WAIT.multipliedBy(1L << DOUBLINGS_MAX)));
    }

    private boolean isDue(String dataset, boolean big) {
        long rows = cache.unflushedRows(dataset);
        if (rows == 0) {
            waitingSince.remove(dataset);
            return false;
        }
        // The clock may have been set back since.
        Instant since = waitingSince.merge(dataset, clock.instant(), (known, now) -> known.isAfter(now) ? now : known);
        return big
                || rows >= settings.get().rows()
                || !clock.instant().isBefore(since.plus(settings.get().age()));
    }

    private static IOException joined(@Nullable IOException first, IOException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }
}
