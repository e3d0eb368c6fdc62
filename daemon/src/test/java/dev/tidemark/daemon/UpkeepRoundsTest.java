// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.daemon.config.UpkeepSettings;
import dev.tidemark.daemon.metrics.Metrics;
import java.io.IOException;
import java.nio.file.Path;
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

/** Goes on merging where one run was not enough. */
@Tag("I13")
final class UpkeepRoundsTest {
    private static final Column N = Column.inferred("n", ColumnType.LONG);

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
    void whatMergedOnceIsLookedAtAgainUntilNothingIsMerged() throws IOException {
        UpkeepRounds rounds = new UpkeepRounds(
                cache, RowHolds.Keeper.NOBODY, () -> UpkeepSettings.DEFAULT, 1L << 40, clock, new Metrics());
        flushes(8);
        rounds.catchUp();
        assertEquals(8, cache.state("logs").files());

        rounds.round(UpkeepOrder.Mode.RUN);
        assertEquals(1, cache.state("logs").files());
        flushes(8);
        rounds.catchUp();
        assertEquals(1, cache.state("logs").files());

        rounds.catchUp();
        flushes(8);
        rounds.catchUp();
        assertEquals(9, cache.state("logs").files());
    }

    private void flushes(int count) throws IOException {
        for (int flush = 0; flush < count; flush++) {
            append("logs", 3);
            cache.flush("logs");
        }
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
