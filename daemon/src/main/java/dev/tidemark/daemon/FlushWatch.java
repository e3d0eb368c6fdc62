// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.config.FlushSettings;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Moves the rows of a dataset into its table when they are many, big or old enough.
 *
 * <p>It decides from counts in memory, so that looking every second opens nothing. Age counts from the look that first
 * saw a row waiting; bytes are what the whole spool grew by. Used by one thread at a time.
 */
final class FlushWatch {
    private final Cache cache;
    private final FlushSettings settings;
    private final InstantSource clock;
    private final Map<String, Instant> waitingSince = new HashMap<>();
    private long spoolBytesBefore;

    FlushWatch(Cache cache, FlushSettings settings, InstantSource clock) {
        this.cache = cache;
        this.settings = settings;
        this.clock = clock;
    }

    /** Flushes what is due. A dataset that cannot be flushed does not keep the others from it. */
    void look() throws IOException {
        long spoolBytes = cache.spoolBytes();
        spoolBytesBefore = Math.min(spoolBytesBefore, spoolBytes);
        boolean big = spoolBytes - spoolBytesBefore >= settings.bytes();
        IOException failure = null;
        for (Dataset dataset : cache.datasets()) {
            String name = dataset.name();
            if (!isDue(name, big)) {
                continue;
            }
            try {
                cache.flush(name);
                waitingSince.remove(name);
            } catch (IOException e) {
                failure = joined(failure, new IOException("could not flush " + name, e));
            }
        }
        if (failure != null) {
            throw failure;
        }
        if (big) {
            spoolBytesBefore = cache.spoolBytes();
        }
    }

    private boolean isDue(String dataset, boolean big) {
        long rows = cache.unflushedRows(dataset);
        if (rows == 0) {
            waitingSince.remove(dataset);
            return false;
        }
        Instant since = waitingSince.computeIfAbsent(dataset, first -> clock.instant());
        return big || rows >= settings.rows() || !clock.instant().isBefore(since.plus(settings.age()));
    }

    private static IOException joined(@Nullable IOException first, IOException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }
}
