// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RoomLimits;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.daemon.config.UpkeepSettings;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.status.UpkeepBook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
    private UpkeepSettings settings = UpkeepSettings.DEFAULT;
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
        UpkeepRounds rounds = rounds();
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

    private UpkeepRounds rounds() {
        return new UpkeepRounds(cache, RowHolds.Keeper.NOBODY, () -> settings, 1L << 40, clock, new Metrics());
    }

    /** The settings by default, with as much time for a round. */
    private static UpkeepSettings within(Duration budget) {
        return new UpkeepSettings(
                UpkeepSettings.DEFAULT.every(), UpkeepSettings.DEFAULT.limits().within(budget), Map.of());
    }

    @Test
    void theTableThatNeedsItMostIsMergedFirst() throws IOException {
        UpkeepRounds rounds = rounds();
        flushes("alike", 8, 3);
        flushes("needy", 8, 3);
        rounds.round(UpkeepOrder.Mode.RUN);
        flushes("alike", 8, 900);
        flushes("needy", 16, 3);
        rounds.catchUp();
        assertTrue(merged("needy").compareTo(merged("alike")) < 0);
    }

    @Test
    void whatFitsIntoNoBudgetWaitsForTheNextRound() throws IOException {
        UpkeepRounds rounds = rounds();
        flushes(8);
        rounds.round(UpkeepOrder.Mode.RUN);
        flushes(8);
        settings = within(Duration.ofNanos(1));
        rounds.catchUp();
        settings = UpkeepSettings.DEFAULT;
        rounds.catchUp();
        assertEquals(9, cache.state("logs").files());
        rounds.round(UpkeepOrder.Mode.RUN);
        assertEquals(1, cache.state("logs").files());
    }

    @Test
    void aRoundBeginsWithTheTableThatNeedsItMost() throws IOException {
        flushes("alike", 8, 900);
        flushes("needy", 16, 3);
        rounds().round(UpkeepOrder.Mode.RUN);
        assertTrue(merged("needy").compareTo(merged("alike")) < 0);
    }

    @Test
    void aTableThatWaitedForManyBudgetsComesBeforeOneThatNeedsItMore() throws IOException {
        UpkeepRounds rounds = rounds();
        waitForALongTime(rounds);
        settings = UpkeepSettings.DEFAULT;
        rounds.round(UpkeepOrder.Mode.RUN);
        assertTrue(merged("alike").compareTo(merged("needy")) < 0);
    }

    @Test
    void itComesBeforeTheOtherAlsoInWhatIsMergedInBetween() throws IOException {
        UpkeepRounds rounds = rounds();
        waitForALongTime(rounds);
        rounds.round(UpkeepOrder.Mode.RUN);
        settings = UpkeepSettings.DEFAULT;
        rounds.catchUp();
        assertTrue(merged("alike").compareTo(merged("needy")) < 0);
    }

    private void waitForALongTime(UpkeepRounds rounds) throws IOException {
        flushes("alike", 8, 900);
        settings = within(Duration.ofNanos(1));
        for (int budget = 0; budget < 10; budget++) {
            rounds.round(UpkeepOrder.Mode.RUN);
        }
        flushes("needy", 16, 3);
    }

    /** When the newest file of a table was written. */
    private FileTime merged(String dataset) throws IOException {
        assertTrue(cache.state(dataset).files() < 8, "not merged: " + dataset);
        try (Stream<Path> all = Files.walk(directory)) {
            FileTime newest = FileTime.fromMillis(0);
            for (Path file : all.filter(each -> each.toString().contains("/" + dataset + "/data/"))
                    .toList()) {
                FileTime time = Files.getLastModifiedTime(file);
                newest = time.compareTo(newest) > 0 ? time : newest;
            }
            return newest;
        }
    }

    @Test
    void whatARunDidOrWhyNotIsRemembered() throws IOException {
        UpkeepRounds rounds = rounds();
        flushes(8);
        settings = within(Duration.ofNanos(1));
        rounds.round(UpkeepOrder.Mode.RUN);
        UpkeepBook.Note late = rounds.of("logs").orElseThrow();
        assertEquals("over-budget", late.outcome());
        assertTrue(late.why().toString().contains("do not fit into the budget"), late::toString);

        settings = UpkeepSettings.DEFAULT;
        rounds.round(UpkeepOrder.Mode.RUN);
        UpkeepBook.Note merged = rounds.of("logs").orElseThrow();
        assertEquals("compacted", merged.outcome());
        assertTrue(merged.why().toString().contains("merged 8 files"), merged::toString);
    }

    @Test
    void whileTheDiskIsLowNothingIsMergedAndTablesAreLookedAfterOften() throws IOException {
        UpkeepRounds rounds = rounds();
        flushes(8);
        cache.limit(new RoomLimits(Long.MAX_VALUE, 1L << 60, 0));
        rounds.round(UpkeepOrder.Mode.RUN);
        Instant first = rounds.of("logs").orElseThrow().at();
        rounds.mindQuotas();
        clock.advance(Duration.ofSeconds(35));
        rounds.mindQuotas();
        assertEquals(first, rounds.of("logs").orElseThrow().at());
        clock.advance(Duration.ofSeconds(1));
        rounds.mindQuotas();
        rounds.catchUp();
        assertEquals(first.plusSeconds(36), rounds.of("logs").orElseThrow().at());
        assertEquals(8, cache.state("logs").files());

        cache.limit(RoomLimits.NONE);
        rounds.catchUp();
        assertEquals(1, cache.state("logs").files());
    }

    private void flushes(int count) throws IOException {
        flushes("logs", count, 3);
    }

    private void flushes(String dataset, int count, int rows) throws IOException {
        for (int flush = 0; flush < count; flush++) {
            append(dataset, rows);
            cache.flush(dataset);
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
