// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RetentionRule.OverQuota;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table into which nothing comes any more lets go of what was removed all the same. */
@Tag("I17")
class QuietTableTest {
    private static final Duration LATER = Duration.ofHours(2);

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();
    /** Iceberg's own times are the host's. */
    private final ManualClock clock = new ManualClock(Instant.now());

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open() throws IOException {
        return Cache.open(
                new Cache.Options(directory, Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(new LocalDisk()),
                memory,
                clock);
    }

    private void flushed(Cache cache, long from) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, from, 10, "a")) {
            assertInstanceOf(AppendOutcome.Appended.class, cache.append(batch));
        }
        cache.flush("logs");
    }

    private static UpkeepReport upkeep(Cache cache, long quota, UpkeepOrder.Mode mode) throws IOException {
        return cache.upkeep(new UpkeepOrder(
                "logs",
                new RetentionRule(null, quota, null, Duration.ZERO, OverQuota.REFUSE),
                RowHolds.Keeper.NOBODY,
                new UpkeepLimits(Duration.ofSeconds(30), 1, 1, 8),
                mode));
    }

    private static UpkeepReport upkeep(Cache cache, long quota) throws IOException {
        return upkeep(cache, quota, UpkeepOrder.Mode.RUN);
    }

    @Test
    void olderSnapshotsOfRemovedRowsGoAfterTheirGrace() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, 0);
            flushed(cache, 10);
            flushed(cache, 20);
            UpkeepReport removal = upkeep(cache, cache.tableBytes("logs") - 1);
            assertEquals(10, removal.retention().removedRows());
            assertEquals(0, removal.expired(), "a reader of the table may still be at the snapshot before");

            clock.advance(LATER);
            assertEquals(
                    3, upkeep(cache, Long.MAX_VALUE, UpkeepOrder.Mode.DRY_RUN).expired());
            assertEquals(3, upkeep(cache, Long.MAX_VALUE).expired());
            assertEquals(0, upkeep(cache, Long.MAX_VALUE).expired());
        }
        try (Cache cache = open()) {
            flushed(cache, 30);
            assertEquals(
                    30, Rows.read(cache, Scope.whole("logs"), Position.START).size());
            assertEquals(0, cache.state("logs").conservationDelta());
            assertTrue(cache.verify().isOk());
        }
    }

    @Test
    void allMayHaveBeenRemoved() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, 0);
            flushed(cache, 10);
            assertEquals(20, upkeep(cache, 0).retention().removedRows());
            clock.advance(LATER);
            assertEquals(2, upkeep(cache, Long.MAX_VALUE).expired());
        }
        try (Cache cache = open()) {
            flushed(cache, 20);
            assertEquals(
                    10, Rows.read(cache, Scope.whole("logs"), Position.START).size());
        }
    }

    @Test
    @Tag("I13")
    void whereNothingWasRemovedNothingIsCommitted() throws IOException {
        try (Cache cache = open()) {
            flushed(cache, 0);
            flushed(cache, 10);
            clock.advance(LATER);
            assertEquals(0, upkeep(cache, Long.MAX_VALUE).expired());
        }
    }
}
