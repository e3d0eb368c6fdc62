// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.FencedException;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Survivors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.zip.GZIPOutputStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Another engine commits to the table, beside us and between our lives. */
@Tag("I5")
class ForeignCommitTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final Path LOCATION = DIRECTORY.resolve("tables/logs");

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk disk) throws IOException {
        clock.advance(Duration.ofMillis(1));
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private void append(Cache cache, long from, int rows) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, from, rows, "a")) {
            assertInstanceOf(AppendOutcome.Appended.class, cache.append(batch));
        }
    }

    private static void assertHas(long rows, Cache cache) throws IOException {
        assertEquals(
                LongStream.range(0, rows).boxed().toList(),
                Rows.read(cache, Scope.whole("logs"), Position.START).stream()
                        .map(Rows::n)
                        .toList());
    }

    /** The table as another process sees it. */
    private static Table foreign(FaultyDisk disk) {
        return foreignEngine(disk).table();
    }

    private static ForeignEngine foreignEngine(FaultyDisk disk) {
        return new ForeignEngine(disk, LOCATION);
    }

    private static void rewriteOneFile(FaultyDisk disk) throws IOException {
        foreignEngine(disk).rewrite(0);
    }

    private static void rollBack(FaultyDisk disk) {
        Table table = foreign(disk);
        Long parent = table.currentSnapshot().parentId();
        table.manageSnapshots().rollbackTo(parent).commit();
    }

    private static void rollForward(FaultyDisk disk) {
        Table table = foreign(disk);
        long newest = 0;
        for (Snapshot snapshot : table.snapshots()) {
            newest = snapshot.snapshotId();
        }
        table.manageSnapshots().setCurrentSnapshot(newest).commit();
    }

    private static void setProperty(FaultyDisk disk, String value) {
        foreign(disk).updateProperties().set(CacheTable.FLUSHED_THROUGH, value).commit();
    }

    private static void removeProperty(FaultyDisk disk) {
        foreign(disk).updateProperties().remove(CacheTable.FLUSHED_THROUGH).commit();
    }

    @Test
    void aRewriteAndAnExpiryChangeNothingForUs() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 10);
            cache.flush("logs");
            append(cache, 10, 10);
            cache.flush("logs");
            rewriteOneFile(disk);
            assertEquals(Optional.empty(), cache.fence("logs"));
            assertHas(20, cache);
            append(cache, 20, 10);
            cache.flush("logs");
            assertHas(30, cache);
            assertEquals(0, cache.state("logs").conservationDelta());
            foreign(disk)
                    .expireSnapshots()
                    .expireOlderThan(Long.MAX_VALUE)
                    .retainLast(1)
                    .commit();
        }
        try (Cache cache = open(disk)) {
            assertEquals(Optional.empty(), cache.fence("logs"));
            append(cache, 30, 5);
            cache.flush("logs");
            assertHas(35, cache);
        }
    }

    @Test
    void removalsAfterWhichTheLastFlushHasExpiredFenceNothing() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 60);
            cache.flush("logs");
            append(cache, 60, 5);
            cache.flush("logs");
            foreignEngine(disk).deleteNewestFile();
            clock.advance(Duration.ofHours(1));
            for (long mark = 1; mark <= 15; mark++) {
                removeThrough(cache, mark);
                assertEquals(Optional.empty(), cache.fence("logs"), "after " + mark + " removals");
            }
            append(cache, 65, 5);
            cache.flush("logs");
        }
    }

    private static void removeThrough(Cache cache, long mark) throws IOException {
        RowHolds.Keeper held = new RowHolds.Keeper() {
            @Override
            public <T> T keeping(RetentionRule rule, RowHolds.Removing<T> removing) throws IOException {
                return removing.run(
                        partition -> new RowHolds.Hold(Position.after(new Sequence(mark)), List.of("archive")));
            }
        };
        RetentionRule old = new RetentionRule(
                Duration.ofHours(1), Long.MAX_VALUE, null, Duration.ZERO, RetentionRule.OverQuota.REFUSE);
        UpkeepLimits limits = new UpkeepLimits(Duration.ofSeconds(30), 1, 1, 8);
        cache.upkeep(new UpkeepOrder("logs", old, held, limits, UpkeepOrder.Mode.RUN));
    }

    @Test
    void rewriteRacesFlush() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 10);
            cache.flush("logs");
            append(cache, 10, 10);
            disk.interpose(DiskOperation.LINK, path -> path.startsWith(LOCATION), () -> rewrite(disk));
            IOException second = assertThrows(IOException.class, () -> cache.flush("logs"));
            assertTrue(second.toString().contains("was not committed"), second.toString());
            assertEquals(10, cache.unflushedRows("logs"));
            assertHas(20, cache);
            cache.flush("logs");
            assertEquals(0, cache.unflushedRows("logs"));
            assertHas(20, cache);
            assertEquals(0, cache.state("logs").conservationDelta());
        }
        try (Cache cache = open(disk.afterPowerCut(Survivors.none()))) {
            assertHas(20, cache);
            assertEquals(Optional.empty(), cache.fence("logs"));
        }
    }

    /** The newest metadata, as a host writes it whose clock is years ahead. */
    private static void commitFromTheFuture(FaultyDisk disk) throws IOException {
        LocalTableOperations operations = new LocalTableOperations(new DurableFiles(disk), LOCATION);
        operations.refresh();
        String later = new String(new DurableFiles(disk).readAll(operations.metadataFile()), StandardCharsets.UTF_8)
                .replaceAll(
                        "(-ms\" ?: ?)\\d+",
                        "$1" + Instant.parse("2199-01-01T00:00:00Z").toEpochMilli());
        try (DiskFile next = disk.create(operations.file(operations.version() + 1))) {
            next.write(ByteBuffer.wrap(later.getBytes(StandardCharsets.UTF_8)), 0);
            next.sync();
        }
        disk.syncDirectory(LOCATION.resolve("metadata"));
    }

    @Test
    void aCommitWithATimeOfTheFutureKeepsNobodyFromCommitting() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 10);
            cache.flush("logs");
            commitFromTheFuture(disk);
            append(cache, 10, 10);
            cache.flush("logs");
            assertHas(20, cache);
            commitFromTheFuture(disk);
        }
        try (Cache cache = open(disk)) {
            append(cache, 20, 10);
            cache.flush("logs");
            assertEquals(0, cache.unflushedRows("logs"));
            assertHas(30, cache);
            assertEquals(Optional.empty(), cache.fence("logs"));
        }
    }

    /** An engine that was told to compress its metadata gives it another name. */
    private static void compressNewest(FaultyDisk disk, String ending) throws IOException {
        LocalTableOperations operations = new LocalTableOperations(new DurableFiles(disk), LOCATION);
        operations.refresh();
        Path plain = operations.metadataFile();
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            out.write(new DurableFiles(disk).readAll(plain));
        }
        try (DiskFile target = disk.create(plain.resolveSibling("v" + operations.version() + ending))) {
            target.write(ByteBuffer.wrap(compressed.toByteArray()), 0);
            target.sync();
        }
        disk.delete(plain);
        disk.syncDirectory(LOCATION.resolve("metadata"));
    }

    @Test
    void metadataThatAnotherEngineCompressedIsTheTableToo() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 10);
            cache.flush("logs");
            append(cache, 10, 10);
            cache.flush("logs");
            rewriteOneFile(disk);
            compressNewest(disk, ".gz.metadata.json");
            assertHas(20, cache);
            append(cache, 20, 10);
            cache.flush("logs");
            assertHas(30, cache);
            assertEquals(0, cache.state("logs").conservationDelta());
            rollBack(disk);
            compressNewest(disk, ".metadata.json.gz");
            assertTrue(cache.fence("logs").orElseThrow().contains("rolled back"));
        }
        try (Cache cache = open(disk.afterPowerCut(Survivors.none()))) {
            assertTrue(cache.fence("logs").orElseThrow().contains("rolled back"));
            append(cache, 30, 10);
            assertThrows(FencedException.class, () -> cache.flush("logs"));
            rollForward(disk);
        }
    }

    private static void rewrite(FaultyDisk disk) {
        try {
            rewriteOneFile(disk);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Damage that is done while we run, seen, and undone. */
    private void fencesUntilUndone(
            Consumer<FaultyDisk> damage, Consumer<FaultyDisk> repair, long rowsReadable, String reason)
            throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 10);
            cache.flush("logs");
            append(cache, 10, 10);
            cache.flush("logs");
            append(cache, 20, 10);
            damage.accept(disk);
            FencedException refused = assertThrows(FencedException.class, () -> cache.flush("logs"));
            assertTrue(refused.toString().contains(reason), refused.toString());
            assertTrue(cache.fence("logs").orElseThrow().contains(reason));
            assertEquals(10, cache.unflushedRows("logs"));
            assertEquals(rowsReadable, readable(cache));
        }
        try (Cache cache = open(disk)) {
            assertTrue(cache.fence("logs").orElseThrow().contains(reason));
            append(cache, 30, 10);
            assertThrows(FencedException.class, () -> cache.flush("logs"));
            assertHas(40, cache); // The spool still has what the table has lost.
            repair.accept(disk);
            assertEquals(Optional.empty(), cache.fence("logs"));
            cache.flush("logs");
            assertHas(40, cache);
            assertEquals(0, cache.state("logs").conservationDelta());
        }
    }

    private static int readable(Cache cache) throws IOException {
        return Rows.read(cache, Scope.whole("logs"), Position.START).size();
    }

    @Test
    void aRollbackFencesAndARollForwardLiftsTheFence() throws IOException {
        fencesUntilUndone(ForeignCommitTest::rollBack, ForeignCommitTest::rollForward, 20, "rolled back");
    }

    @Test
    void aPropertyThatIsGoneFencesAndHidesNoRow() throws IOException {
        fencesUntilUndone(ForeignCommitTest::removeProperty, disk -> setProperty(disk, "20"), 30, "property");
    }

    @Test
    void aPropertyThatWasRaisedFencesSoThatNoUnflushedRowIsForgotten() throws IOException {
        fencesUntilUndone(disk -> setProperty(disk, "30"), disk -> setProperty(disk, "20"), 30, "row 30");
    }

    @Test
    void filesThatDoNotSayTheirSequencesFenceAndAreNotRead() throws IOException {
        fencesUntilUndone(
                disk -> {
                    Table table = foreign(disk);
                    DataFile alien = DataFiles.builder(table.spec())
                            .withPath(LOCATION.resolve("data/alien.parquet").toString())
                            .withFileSizeInBytes(10)
                            .withRecordCount(1)
                            .build();
                    table.newAppend().appendFile(alien).commit();
                },
                ForeignCommitTest::rollBack,
                30,
                "somebody else");
    }

    @Test
    void aColumnOfTheirsIsLetBeAndAChangeOfOursStopsTheFlush() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 10);
            cache.flush("logs");
            foreign(disk)
                    .updateSchema()
                    .addColumn("theirs", Types.StringType.get())
                    .commit();
            append(cache, 10, 10);
            cache.flush("logs");
            assertHas(20, cache);
            foreign(disk).updateSchema().renameColumn("n", "m").commit();
            append(cache, 20, 10);
            assertThrows(IOException.class, () -> cache.flush("logs"));
            assertHas(30, cache);
            foreign(disk).updateSchema().renameColumn("m", "n").commit();
            cache.flush("logs");
            assertHas(30, cache);
        }
    }

    @Test
    void aRollbackBetweenTwoLivesKeepsWhatTheSpoolStillHas() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, 0, 10);
            cache.flush("logs");
            append(cache, 10, 10);
            cache.flush("logs");
        }
        rollBack(disk);
        for (int life = 0; life < 2; life++) {
            try (Cache cache = open(disk)) {
                assertTrue(cache.fence("logs").isPresent());
                assertHas(20, cache);
                assertThrows(FencedException.class, () -> cache.flush("logs"));
            }
        }
        rollForward(disk);
        try (Cache cache = open(disk)) {
            cache.flush("logs");
            assertHas(20, cache);
            assertEquals(0, cache.state("logs").conservationDelta());
        }
    }
}
