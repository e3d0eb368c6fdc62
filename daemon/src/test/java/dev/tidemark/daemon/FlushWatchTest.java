// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RoomLimits;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.daemon.config.FlushSettings;
import dev.tidemark.daemon.metrics.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FlushWatchTest {
    private static final Column N = Column.inferred("n", ColumnType.LONG);
    private static final Duration AGE = Duration.ofMinutes(10);
    private static final long MUCH = 1L << 40;

    @TempDir
    Path directory;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();
    private Cache cache;

    @BeforeEach
    void open() throws IOException {
        cache = Cache.open(
                new Cache.Options(directory, Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(new LocalDisk()),
                memory,
                clock);
    }

    @AfterEach
    void close() throws IOException {
        cache.close();
        memory.close();
    }

    @Test
    void rowsWaitUntilTheyAreOldEnough() throws IOException {
        FlushWatch watch = new FlushWatch(cache, () -> new FlushSettings(100, MUCH, AGE), clock, new Metrics());
        append("logs", 3);

        watch.look();
        clock.advance(AGE.minusSeconds(1));
        watch.look();
        assertEquals(3, cache.unflushedRows("logs"));

        clock.advance(Duration.ofSeconds(1));
        watch.look();
        assertEquals(0, cache.unflushedRows("logs"));
        assertEquals(3, cache.state("logs").inTable());
    }

    @Test
    void manyRowsDoNotWait() throws IOException {
        FlushWatch watch = new FlushWatch(cache, () -> new FlushSettings(4, MUCH, AGE), clock, new Metrics());
        append("logs", 3);
        append("clicks", 4);

        watch.look();

        assertEquals(3, cache.unflushedRows("logs"));
        assertEquals(0, cache.unflushedRows("clicks"));
    }

    @Test
    void aSpoolThatGrewDoesNotWait() throws IOException {
        FlushWatch watch = new FlushWatch(cache, () -> new FlushSettings(100, 1, AGE), clock, new Metrics());
        append("logs", 3);

        watch.look();

        assertEquals(0, cache.unflushedRows("logs"));
    }

    @Test
    @Tag("I11")
    void whereRoomIsTightNothingWaitsAndNotEachLookFlushes() throws IOException {
        cache.close();
        cache = Cache.open(
                new Cache.Options(directory, Sequence.NONE, 1 << 16, 1000, 1 << 20, new RoomLimits(1 << 16, 0, 0)),
                new DurableFiles(new LocalDisk()),
                memory,
                clock);
        FlushWatch watch = new FlushWatch(cache, () -> new FlushSettings(100, MUCH, AGE), clock, new Metrics());
        append("logs", 3);
        watch.look();
        assertEquals(0, cache.unflushedRows("logs"));
        append("logs", 3);
        watch.look();
        assertEquals(3, cache.unflushedRows("logs"));
        clock.advance(Duration.ofSeconds(5));
        watch.look();
        assertEquals(0, cache.unflushedRows("logs"));
    }

    @Test
    void theAgeOfRowsThatCameAfterAFlushCountsAnew() throws IOException {
        FlushWatch watch = new FlushWatch(cache, () -> new FlushSettings(100, MUCH, AGE), clock, new Metrics());
        append("logs", 3);
        watch.look();
        clock.advance(AGE);
        watch.look();

        append("logs", 2);
        watch.look();
        clock.advance(AGE.minusSeconds(1));
        watch.look();

        assertEquals(2, cache.unflushedRows("logs"));
    }

    @Test
    @Tag("I13")
    void aTableThatCannotBeReadKeepsNoOtherFromItsFlushAndWaitsLongerEachTime() throws IOException {
        FlushWatch watch = new FlushWatch(cache, () -> new FlushSettings(1, MUCH, AGE), clock, new Metrics());
        append("clicks", 3);
        append("logs", 3);
        Path metadata = directory.resolve("tables/clicks/metadata");
        Path wrong = metadata.resolve("v1.metadata.json");
        Files.createDirectories(metadata);
        Files.writeString(wrong, "{}");

        assertThrows(IOException.class, watch::look);
        assertEquals(0, cache.unflushedRows("logs"));
        clock.advance(Duration.ofSeconds(1));
        assertThrows(IOException.class, watch::look);

        Files.delete(wrong);
        clock.advance(Duration.ofSeconds(1));
        assertThrows(IOException.class, watch::look);
        assertEquals(3, cache.unflushedRows("clicks"));
        clock.advance(Duration.ofSeconds(1));
        watch.look();
        assertEquals(0, cache.unflushedRows("clicks"));
    }

    @Test
    void aClockThatIsSetBackDoesNotMakeRowsWaitForIt() throws IOException {
        FlushWatch watch = new FlushWatch(cache, () -> new FlushSettings(100, MUCH, AGE), clock, new Metrics());
        append("logs", 3);
        watch.look();
        clock.set(clock.instant().minus(Duration.ofDays(1)));
        watch.look();
        clock.advance(AGE);
        watch.look();

        assertEquals(0, cache.unflushedRows("logs"));
    }

    private void append(String name, int rows) throws IOException {
        Dataset dataset = cache.dataset(name).orElseGet(() -> new Dataset(name, 0, List.of(N), null, null));
        VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(List.of(N.field())), memory);
        root.allocateNew();
        for (int row = 0; row < rows; row++) {
            ((BigIntVector) root.getVector(0)).setSafe(row, row);
        }
        root.setRowCount(rows);
        try (RowBatch batch = new RowBatch(dataset, root)) {
            AppendOutcome outcome = cache.append(batch);
            assertEquals(AppendOutcome.Appended.class, outcome.getClass());
        }
    }
}
