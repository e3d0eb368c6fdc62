// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whoever only looks at a data directory counts what the cache counts that has it open, or had it. */
final class CacheGlanceTest {
    private static final Path DIRECTORY = Path.of("/host/tidemark");
    private static final int SEGMENT_BYTES = 8192;
    private static final List<String> DATASETS = List.of("clicks", "logs", "sick");
    private static final int STEPS = 300;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    @Test
    @Tag("I16")
    void itCountsWhatTheOpenCacheCountsWhateverHappensToTheFiles() throws IOException {
        long seed = Long.getLong("tidemark.test.seed", new Random().nextLong());
        System.out.println("CacheGlanceTest seed=" + seed);
        Random random = new Random(seed);
        FaultyDisk disk = new FaultyDisk();
        Cache cache = open(disk);
        for (int step = 0; step < STEPS; step++) {
            String dataset = DATASETS.get(random.nextInt(DATASETS.size()));
            switch (random.nextInt(12)) {
                case 0 -> flush(cache, disk, dataset);
                case 1 -> cache.relieve();
                case 2 -> {
                    cache.close();
                    cache = open(disk);
                }
                case 3 -> {
                    cache.close();
                    CacheGlance closed = glance(disk);
                    cache = open(disk);
                    compare(closed, cache, seed + " closed at step " + step);
                }
                default -> append(cache, dataset, step, 1 + random.nextInt(120));
            }
            if (random.nextInt(6) == 0) {
                compare(glance(disk), cache, seed + " step " + step);
            }
        }
        cache.close();
    }

    private CacheGlance glance(FaultyDisk disk) throws IOException {
        return CacheGlance.of(DIRECTORY, new DurableFiles(disk), clock);
    }

    private static void compare(CacheGlance glance, Cache cache, String when) throws IOException {
        assertEquals(cache.head(), glance.head(), when);
        assertEquals(cache.horizon(), glance.horizon(), when);
        assertEquals(cache.datasets().size(), glance.datasets().size(), when);
        for (DatasetState state : glance.datasets()) {
            String name = state.dataset().name();
            DatasetState there = cache.state(name);
            assertEquals(counts(there), counts(state), when + " " + name);
            assertEquals(
                    cache.heads(name).stream().map(CacheGlanceTest::place).toList(),
                    glance.heads(name).stream().map(CacheGlanceTest::place).toList(),
                    when + " " + name);
        }
    }

    private static String counts(DatasetState state) {
        return "accepted %d inSpool %d inTable %d removed %d files %d bytes %d min %s max %s flushed %s delta %d"
                .formatted(
                        state.accepted(),
                        state.inSpool(),
                        state.inTable(),
                        state.removed(),
                        state.files(),
                        state.bytes(),
                        state.min(),
                        state.max(),
                        state.flushedThrough(),
                        state.conservationDelta());
    }

    private static String place(Head head) {
        return head.partition() + " " + head.last() + " " + head.rows() + " " + head.lastTime();
    }

    /** The table of one dataset cannot be written, so its rows are set aside when there is no room. */
    private static void flush(Cache cache, FaultyDisk disk, String dataset) throws IOException {
        if (cache.dataset(dataset).isEmpty()) {
            return;
        }
        Path sick = DIRECTORY.resolve("tables/sick");
        disk.inject(call -> call.path().startsWith(sick) ? Fault.FAIL_BEFORE : Fault.NONE);
        try {
            cache.flush(dataset);
        } catch (IOException sickened) {
            assertEquals("sick", dataset);
        } finally {
            disk.inject(call -> Fault.NONE);
        }
    }

    private void append(Cache cache, String dataset, int number, int rows) throws IOException {
        Dataset seen = cache.dataset(dataset).orElse(Rows.proposal(dataset));
        try (RowBatch batch = Rows.batch(seen, memory, number, rows, "eu", "us", "w" + number % 7)) {
            cache.append(batch);
        }
    }

    private Cache open(FaultyDisk disk) throws IOException {
        clock.advance(Duration.ofSeconds(1));
        return Cache.open(
                new Cache.Options(
                        DIRECTORY,
                        Sequence.NONE,
                        SEGMENT_BYTES,
                        1000,
                        1 << 20,
                        new RoomLimits(16L * SEGMENT_BYTES, 0, 0)),
                new DurableFiles(disk),
                memory,
                clock);
    }
}
