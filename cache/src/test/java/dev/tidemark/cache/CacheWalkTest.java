// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Outdated;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.LeavesDamage;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One row's walk through a cache on the real disk. */
class CacheWalkTest {
    private static final Scope WHOLE = Scope.whole("logs");
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = new ManualClock(NOON);

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open() throws IOException {
        return open(Sequence.NONE);
    }

    private Cache open(Sequence floor) throws IOException {
        return Cache.open(
                new Cache.Options(directory, floor, 1 << 16, 1000, 1 << 20),
                new DurableFiles(new LocalDisk()),
                memory,
                clock);
    }

    private Appended append(Cache cache, long from, int rows, String... who) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, from, rows, who)) {
            return assertInstanceOf(Appended.class, cache.append(batch));
        }
    }

    private static List<Long> numbers(List<Rows> rows) {
        return rows.stream().map(Rows::n).toList();
    }

    private static List<Long> upTo(long end) {
        return LongStream.range(0, end).boxed().toList();
    }

    @Test
    @Tag("I2")
    @Tag("I6")
    void aRowIsReadableBeforeAndAfterItsFlushUnderTheSameSequence() throws IOException {
        try (Cache cache = open()) {
            assertEquals(new Appended(new Sequence(1), new Sequence(3)), append(cache, 0, 3, "a", "b"));
            List<Rows> fromTail = Rows.read(cache, WHOLE, Position.START);
            assertEquals(List.of(new Rows(1, "a", 0), new Rows(2, "b", 1), new Rows(3, "a", 2)), fromTail);

            assertEquals(new Flushed("logs", 3, new Sequence(3), 1), cache.flush("logs"));
            append(cache, 3, 2, "c");

            List<Rows> fromBoth = new ArrayList<>(fromTail);
            fromBoth.add(new Rows(4, "c", 3));
            fromBoth.add(new Rows(5, "c", 4));
            assertEquals(fromBoth, Rows.read(cache, WHOLE, Position.START));
            assertEquals(fromBoth.subList(2, 5), Rows.read(cache, WHOLE, Position.after(new Sequence(2))));
            assertEquals(
                    List.of(0L, 2L), numbers(Rows.read(cache, Scope.of(Partition.of("logs", "a")), Position.START)));
            assertEquals(0, cache.state("logs").conservationDelta());
        }
    }

    @Test
    @Tag("I2")
    void theFirstLifeCountsFromOneAndTheNextLeaps() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 2, "a");
        }
        clock.advance(Duration.ofSeconds(10));
        try (Cache cache = open()) {
            assertTrue(append(cache, 2, 1, "a").first().value() > 4096L * 10_000);
            assertEquals(upTo(3), numbers(Rows.read(cache, WHOLE, Position.START)));
        }
        try (Cache cache = open(new Sequence(1L << 50))) {
            assertTrue(append(cache, 3, 1, "a").first().value() > 1L << 50);
        }
    }

    @Test
    @Tag("I2")
    void withoutItsReservationOrItsIdentityACacheStaysShut() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 2, "a");
        }
        Path reservation = directory.resolve("spool/sequence");
        byte[] kept = Files.readAllBytes(reservation);
        Files.delete(reservation);
        assertThrows(IOException.class, this::open);
        Files.write(reservation, kept);
        byte[] identity = Files.readAllBytes(directory.resolve("identity"));
        Files.delete(directory.resolve("identity"));
        assertThrows(CorruptDataException.class, this::open);
        Files.write(directory.resolve("identity"), identity);
        try (Cache cache = open()) {
            assertEquals(upTo(2), numbers(Rows.read(cache, WHOLE, Position.START)));
        }
    }

    @Test
    @Tag("I16")
    @Tag("I17")
    @LeavesDamage("its checkpoint is gone")
    void withoutTheCheckpointOfRowsThatWentACacheStaysShut() throws IOException {
        try (Cache cache = open()) {
            for (int i = 0; i < 60; i++) {
                append(cache, i * 100L, 100, "a");
            }
            cache.flush("logs");
        }
        try (Cache cache = open()) {
            assertEquals(6000, cache.state("logs").accepted());
        }
        for (String slot : List.of("checkpoint-a", "checkpoint-b")) {
            Files.deleteIfExists(directory.resolve("spool").resolve(slot));
        }
        CorruptDataException refused = assertThrows(CorruptDataException.class, this::open);
        assertTrue(refused.toString().contains("checkpoint"), refused.toString());
    }

    @Test
    @Tag("I19")
    @LeavesDamage("its lives are gone")
    void withoutItsLivesACacheStaysShut() throws IOException {
        open().close();
        Files.delete(directory.resolve("lives"));
        assertThrows(CorruptDataException.class, this::open);
    }

    @Test
    @Tag("I19")
    void everyOpenIsALifeOfItsOwnAndRemembersTheOthers() throws IOException {
        String first;
        String incarnation;
        try (Cache cache = open()) {
            first = cache.life();
            incarnation = cache.incarnation();
        }
        try (Cache cache = open()) {
            assertNotEquals(first, cache.life());
            assertTrue(cache.hasLived(first));
            assertEquals(incarnation, cache.incarnation());
        }
    }

    @Test
    @Tag("I5")
    @Tag("I17")
    void rowsHeadsAndCountsSurviveTheSegmentsThatHeldThem() throws IOException {
        int appends = 100;
        try (Cache cache = open()) {
            for (int i = 0; i < appends; i++) {
                append(cache, i * 100L, 100, "a", "b");
            }
            assertTrue(cache.spoolSegments() > 1);
            cache.flush("logs");
            assertEquals(1, cache.spoolSegments());
            assertEquals(0, cache.unflushedRows("logs"));
        }
        try (Cache cache = open()) {
            assertEquals(upTo(appends * 100L), numbers(Rows.read(cache, WHOLE, Position.START)));
            DatasetState state = cache.state("logs");
            assertEquals(appends * 100L, state.accepted());
            assertEquals(0, state.conservationDelta());
            assertEquals(
                    List.of(appends * 50L, appends * 50L),
                    cache.heads("logs").stream().map(Head::rows).toList());
            assertEquals(new Sequence(appends * 100L), cache.head());
        }
    }

    @Test
    @Tag("I6")
    @Tag("I13")
    void smallAppendsOfSeveralDatasetsAreReadInOrderWhateverHappensBetween() throws IOException {
        long n = 0;
        for (int life = 0; life < 3; life++) {
            try (Cache cache = open()) {
                for (int i = 0; i < 300; i++) {
                    append(cache, n, 1 + i % 2, i % 3 == 0 ? "" : "who" + i % 5);
                    n += 1 + i % 2;
                    try (RowBatch other = Rows.batch(Rows.proposal("other"), memory, i, 1, "b")) {
                        Dataset known = cache.dataset("other").orElse(Rows.proposal("other"));
                        assertInstanceOf(Appended.class, cache.append(new RowBatch(known, other.vectors())));
                    }
                    if (i % 100 == 99) {
                        assertEquals(upTo(n), numbers(Rows.read(cache, WHOLE, Position.START)));
                    }
                    if (i == 150) {
                        cache.flush("logs");
                    }
                }
                assertEquals(0, cache.state("logs").conservationDelta());
                assertEquals(300L * (life + 1), cache.state("other").inSpool());
            }
        }
        try (Cache cache = open()) {
            cache.flush("other");
            cache.flush("logs");
            assertEquals(upTo(n), numbers(Rows.read(cache, WHOLE, Position.START)));
            assertEquals(0, cache.state("logs").conservationDelta());
            assertEquals(1, cache.spoolSegments());
        }
    }

    @Test
    void aNewColumnIsReadAsNullInOlderRowsAndKeepsItsIdInTheTable() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 2, "a");
            cache.flush("logs");
            append(cache, 2, 1, "a");
            Dataset current = cache.dataset("logs").orElseThrow();
            List<Column> columns = new ArrayList<>(current.columns());
            columns.add(Column.inferred("http.more", ColumnType.DOUBLE));
            Dataset wider = new Dataset("logs", current.version(), columns, current.partitionBy(), null);
            try (RowBatch batch = Rows.batch(wider, memory, 3, 1, "a")) {
                assertInstanceOf(Appended.class, cache.append(batch));
            }
            try (RowBatch batch = Rows.batch(current, memory, 4, 1, "a")) {
                assertEquals(new Outdated(cache.dataset("logs").orElseThrow()), cache.append(batch));
            }
            assertEquals(upTo(4), numbers(Rows.read(cache, WHOLE, Position.START)));
            cache.flush("logs");
            assertEquals(upTo(4), numbers(Rows.read(cache, WHOLE, Position.START)));
        }
    }

    @Test
    @Tag("I1")
    @Tag("I2")
    void manyProducersShareTheOrderWithoutAGapInAnyAppend() throws Exception {
        try (Cache cache = open();
                ExecutorService producers = Executors.newVirtualThreadPerTaskExecutor()) {
            append(cache, 0, 1, "a");
            List<Future<Appended>> all = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int from = 1 + i * 5;
                Callable<Appended> one = () -> append(cache, from, 5, "a");
                all.add(producers.submit(one));
            }
            Set<Long> given = new TreeSet<>();
            for (Future<Appended> each : all) {
                Appended appended = each.get();
                assertEquals(4, appended.last().value() - appended.first().value());
                for (long n = appended.first().value(); n <= appended.last().value(); n++) {
                    assertTrue(given.add(n), "given twice: " + n);
                }
            }
            assertEquals(
                    new ArrayList<>(given),
                    Rows.read(cache, WHOLE, Position.after(new Sequence(1))).stream()
                            .map(Rows::sequence)
                            .toList());
        }
    }

    @Test
    @Tag("I6")
    void aReaderGoesOnWhereItStoppedWhateverWasFlushedMeanwhile() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 30, "a", "b");
            List<Long> seen = new ArrayList<>();
            Continuation token = cache.continuation(WHOLE, Position.START);
            for (int page = 0; seen.size() < 30; page++) {
                try (RowStream stream =
                        cache.readRowsSince(ReadRequest.since(token).inBatchesOf(7))) {
                    if (page == 2) {
                        cache.flush("logs");
                    }
                    try (RowBatch batch = stream.next()) {
                        for (int row = 0; batch != null && row < batch.rows(); row++) {
                            seen.add((Long) batch.vector("n").orElseThrow().getObject(row));
                        }
                    }
                    token = Continuation.parse(stream.after().encode());
                }
            }
            assertEquals(upTo(30), seen);
            assertThrows(IllegalArgumentException.class, () -> Continuation.parse("AAAA"));
        }
    }

    @Test
    @Tag("I6")
    @Tag("I13")
    void aBatchEndsAtItsBytesAndNoRowIsLostByThat() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 10, "x".repeat(1000));
            cache.flush("logs");
            append(cache, 10, 10, "x".repeat(1000));
            ReadRequest small =
                    ReadRequest.since(cache.continuation(WHOLE, Position.START)).inBatchesOfBytes(2500);
            int rows = 0;
            try (RowStream stream = cache.readRowsSince(small)) {
                for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                    try (RowBatch closing = batch) {
                        assertTrue(closing.rows() <= 3, "rows in one batch: " + closing.rows());
                        rows += closing.rows();
                    }
                }
            }
            assertEquals(20, rows);
        }
    }

    @Test
    @Tag("I6")
    void aFilterHidesRowsOfTableAndTailAlikeAndMovesTheReaderPastThem() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 4, "a");
            cache.flush("logs");
            append(cache, 4, 4, "a");
            RowFilter even =
                    (batch, row) -> (Long) batch.vector("n").orElseThrow().getObject(row) % 2 == 0;
            ReadRequest request =
                    ReadRequest.since(cache.continuation(WHOLE, Position.START)).filtered(even);
            List<Long> seen = new ArrayList<>();
            try (RowStream stream = cache.readRowsSince(request)) {
                for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                    try (RowBatch rows = batch) {
                        for (int row = 0; row < rows.rows(); row++) {
                            seen.add((Long) rows.vector("n").orElseThrow().getObject(row));
                        }
                    }
                }
                assertEquals(new Position(0, 8), stream.after().position());
            }
            assertEquals(List.of(0L, 2L, 4L, 6L), seen);
        }
    }

    @Test
    void aProposalThatDropsAColumnIsRefusedAndHarmsNobody() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 1, "a");
            int version = cache.dataset("logs").orElseThrow().version();
            Dataset narrower = new Dataset("logs", version, List.of(), null, null);
            try (RowBatch batch = Rows.batch(narrower, memory, 1, 1, "a")) {
                assertThrows(IllegalArgumentException.class, () -> cache.append(batch));
            }
            append(cache, 1, 1, "a");
            assertEquals(upTo(2), numbers(Rows.read(cache, WHOLE, Position.START)));
        }
    }

    @Test
    @Tag("I16")
    void aFilteredPartitionStillMovesTheReaderToTheEndOfTheView() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 4, "a");
            Continuation nobody = cache.continuation(Scope.of(Partition.of("logs", "nobody")), Position.START);
            try (RowStream stream = cache.readRowsSince(ReadRequest.since(nobody))) {
                assertEquals(null, stream.next());
                assertEquals(new Position(0, 4), stream.after().position());
            }
        }
    }
}
