// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.adoption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adopted;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.DatasetState;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of other programs become legacy rows, on the real disk. */
class AdoptionTest {
    private static final Scope WHOLE = Scope.whole("logs");

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T12:00:00Z"));
    private Path sources;

    @BeforeEach
    void makeRoom() throws IOException {
        sources = Files.createDirectory(directory.resolve("sources"));
    }

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open() throws IOException {
        return Cache.open(
                new Cache.Options(directory.resolve("data"), Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(new LocalDisk()),
                memory,
                clock);
    }

    private void append(Cache cache, long from, int rows, String... who) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, from, rows, who)) {
            assertInstanceOf(Appended.class, cache.append(batch));
        }
    }

    private static Adopted adopt(Cache cache, Path... paths) throws IOException, AdoptionRefusedException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        return cache.adopt(new AdoptRequest(dataset, List.of(paths), Adoption.Reach.SINKS, (path, rows) -> {}));
    }

    private static String refused(Cache cache, Path... paths) {
        return String.valueOf(assertThrows(AdoptionRefusedException.class, () -> adopt(cache, paths))
                .getMessage());
    }

    /** A row as its reader saw it: {@code L} and its ordinal or {@code S}, then {@code n}. */
    private static List<String> read(RowStream stream, int batches) throws IOException {
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            try (RowBatch rows = stream.next()) {
                if (rows == null) {
                    break;
                }
                for (int row = 0; row < rows.rows(); row++) {
                    seen.add((rows.isLegacy() ? "L" + rows.legacyOrdinal(row) : "S") + ":"
                            + rows.vector("n").orElseThrow().getObject(row));
                }
            }
        }
        return seen;
    }

    private static List<String> read(Cache cache, ReadRequest request) throws IOException {
        try (RowStream stream = cache.readRowsSince(request)) {
            return read(stream, Integer.MAX_VALUE);
        }
    }

    private static ReadRequest from(Cache cache, Scope scope, Position since) {
        return ReadRequest.since(cache.continuation(scope, since));
    }

    private static List<String> legacy(long base, long n, int rows) {
        return LongStream.range(0, rows)
                .mapToObj(j -> "L" + (base + j) + ":" + (n + j))
                .toList();
    }

    private static List<String> sequenced(long n, int rows) {
        return LongStream.range(n, n + rows).mapToObj(each -> "S:" + each).toList();
    }

    private static List<String> all(List<String> first, List<String> then) {
        return Stream.concat(first.stream(), then.stream()).toList();
    }

    @Test
    @Tag("I6")
    @Tag("I16")
    void aFileWithoutIdsIsLinkedAndItsRowsAreReadFirst() throws Exception {
        Path file = Sources.plain(sources.resolve("old.parquet"), 100, 2000, "a", "b");
        try (Cache cache = open()) {
            append(cache, 0, 3, "a");
            cache.flush("logs");
            append(cache, 3, 2, "b");

            Adopted adopted = adopt(cache, file);

            assertEquals(new Adopted("logs", 2000, 0, 2000, 1, 0, List.of()), adopted);
            assertTrue((Integer) Files.getAttribute(file, "unix:nlink") > 1, "it was copied");
            List<String> whole = all(legacy(1, 100, 2000), sequenced(0, 5));
            assertEquals(whole, read(cache, from(cache, WHOLE, Position.START)));
            assertEquals(
                    all(legacy(1500, 1599, 501), sequenced(3, 2)),
                    read(cache, from(cache, WHOLE, new Position(1499, 3))));
            DatasetState state = cache.state("logs");
            assertEquals(2000, state.adopted());
            assertEquals(2000, state.legacyRows());
            assertEquals(5, state.accepted());
            assertEquals(0, state.conservationDelta());
            Adoption books = cache.adoptions("logs").getFirst();
            assertEquals(
                    List.of(
                            new Adoption.Part(Partition.of("logs", "a"), 1000, 1999),
                            new Adoption.Part(Partition.of("logs", "b"), 1000, 2000)),
                    books.partitions());
            cache.flush("logs");
            assertEquals(whole, read(cache, from(cache, WHOLE, Position.START)));
        }
        try (Cache cache = open()) {
            assertEquals(2005, read(cache, from(cache, WHOLE, Position.START)).size());
            assertEquals(2000, cache.legacyHead("logs"));
            assertTrue(cache.verify().isOk(), () -> "something is not in order");
            assertEquals(0, cache.state("logs").conservationDelta());
        }
    }

    @Test
    @Tag("I6")
    void anAdoptionBetweenTwoPagesReachesTheReaderOnce() throws Exception {
        Path first = Sources.plain(sources.resolve("first.parquet"), 100, 10, "a", "b");
        Path second = Sources.plain(sources.resolve("second.parquet"), 200, 10, "b", "a");
        try (Cache cache = open()) {
            append(cache, 0, 4, "a");
            adopt(cache, first);
            Continuation since = cache.continuation(WHOLE, Position.START);
            List<String> seen = new ArrayList<>();
            int page = 0;
            int before = -1;
            while (seen.size() > before) {
                before = seen.size();
                try (RowStream stream =
                        cache.readRowsSince(ReadRequest.since(since).inBatchesOf(7))) {
                    seen.addAll(read(stream, 1));
                    since = Continuation.parse(stream.after().encode());
                }
                page++;
                if (page == 3) {
                    adopt(cache, second);
                }
            }
            assertEquals(all(all(legacy(1, 100, 10), sequenced(0, 4)), legacy(11, 200, 10)), seen);
            assertEquals(new Position(20, 4), since.position());
        }
    }

    @Test
    @Tag("I6")
    void aReaderWhoLeavesLegacyRowsOutMayReadThemLater() throws Exception {
        Path file = Sources.plain(sources.resolve("old.parquet"), 100, 6, "a", "b");
        try (Cache cache = open()) {
            append(cache, 0, 4, "a", "b");
            adopt(cache, file);
            Scope a = Scope.of(Partition.of("logs", "a"));
            try (RowStream stream =
                    cache.readRowsSince(from(cache, a, Position.START).withoutLegacy())) {
                assertEquals(List.of("S:0", "S:2"), read(stream, 9));
                assertEquals(new Position(0, 4), stream.after().position());
                assertEquals(List.of("L1:100", "L3:102", "L5:104"), read(cache, ReadRequest.since(stream.after())));
            }
            assertEquals(
                    List.of("L3:102", "L5:104"),
                    read(
                            cache,
                            from(cache, a, new Position(1, 0)).legacyThrough(5).through(Sequence.NONE)));
            assertEquals(List.of(), read(cache, from(cache, WHOLE, new Position(6, 4))));
        }
    }

    @Test
    void whatWasAdoptedIsNotAdoptedAgain() throws Exception {
        Path file = Sources.plain(sources.resolve("old.parquet"), 100, 6, "a");
        Path renamed = Files.copy(file, sources.resolve("renamed.parquet"));
        try (Cache cache = open()) {
            assertTrue(refused(cache, file, renamed).contains("is there twice"));
            assertEquals(List.of(), dataFiles());
            adopt(cache, file);
            assertTrue(refused(cache, renamed).contains("was adopted before"));
            assertEquals(1, dataFiles().size(), "what was refused left a file behind");
        }
        try (Cache cache = open()) {
            refused(cache, file);
            assertEquals(legacy(1, 100, 6), read(cache, from(cache, WHOLE, Position.START)));
        }
    }

    private List<Path> dataFiles() throws IOException {
        Path data = directory.resolve("data/tables/logs/data");
        try (Stream<Path> files = Files.exists(data) ? Files.list(data) : Stream.empty()) {
            return files.toList();
        }
    }

    @Test
    void aTypeThatDoesNotFitIsRefusedBeforeAnythingChanges() throws Exception {
        Path good = Sources.plain(sources.resolve("good.parquet"), 100, 6, "a");
        Path bad = Sources.plain(sources.resolve("bad.parquet"), "required binary n (STRING)", 0, 0, "a");
        Path none = Files.writeString(sources.resolve("none.parquet"), "no such thing");
        try (Cache cache = open()) {
            append(cache, 0, 1, "a");
            Dataset before = cache.dataset("logs").orElseThrow();
            assertTrue(refused(cache, good, bad).contains("column n of " + bad + " is string"));
            assertTrue(refused(cache, good, none).contains("no Parquet file"));
            assertTrue(refused(cache, sources.resolve("absent.parquet")).contains("there is no file"));
            assertEquals(before, cache.dataset("logs").orElseThrow());
            assertEquals(List.of(), dataFiles());
            assertEquals(sequenced(0, 1), read(cache, from(cache, WHOLE, Position.START)));
        }
    }

    @Test
    void aNarrowerColumnIsLinkedAndWidened() throws Exception {
        Path file = Sources.plain(sources.resolve("old.parquet"), "required int32 n", 100, 6, "a");
        try (Cache cache = open()) {
            append(cache, 0, 1, "a");
            assertEquals(1, adopt(cache, file).linked());
            assertEquals(all(legacy(1, 100, 6), sequenced(0, 1)), read(cache, from(cache, WHOLE, Position.START)));
        }
    }

    @Test
    void fieldIdsOfTheSourceLeadToNoOtherColumn() throws Exception {
        // In the dataset who has the id 6 and n the id 7.
        Schema permuted = new Schema(
                Sources.optional(6, "n", Types.LongType.get()),
                Sources.optional(7, "who", Types.StringType.get()),
                Sources.optional(1, "extra", Types.ListType.ofOptional(2, Types.IntegerType.get())));
        Path file = Sources.withIds(
                sources.resolve("permuted.parquet"),
                permuted,
                List.of(
                        Map.of("n", 41L, "who", "a", "extra", List.of(1, 2)),
                        Map.of("n", 42L, "who", "b"),
                        Map.of("who", "c")));
        try (Cache cache = open()) {
            append(cache, 0, 1, "a");
            assertEquals(new Adopted("logs", 3, 0, 3, 0, 1, List.of()), adopt(cache, file));
            assertEquals(List.of("L1:41", "L2:42", "L3:null", "S:0"), read(cache, from(cache, WHOLE, Position.START)));
            Dataset dataset = cache.dataset("logs").orElseThrow();
            assertEquals(
                    new Column(8, "extra", ColumnType.JSON, false, false),
                    dataset.column("extra").orElseThrow());
            try (RowStream stream = cache.readRowsSince(from(cache, WHOLE, Position.START));
                    RowBatch rows = Objects.requireNonNull(stream.next())) {
                assertEquals(
                        "[1,2]", rows.vector("extra").orElseThrow().getObject(0).toString());
                assertEquals("c", rows.vector("who").orElseThrow().getObject(2).toString());
            }
            refused(cache, file);
            append(cache, 1, 2, "b");
            cache.flush("logs");
            assertEquals(
                    List.of("L2:42", "L3:null", "S:0", "S:1", "S:2"),
                    read(cache, from(cache, WHOLE, new Position(1, 0))));
        }
    }

    @Test
    void aNewDatasetTakesOverTheColumnsAndKeepsThemWithoutAnyRow() throws Exception {
        Path file = Sources.plain(sources.resolve("old.parquet"), 100, 6, "a");
        try (Cache cache = open()) {
            cache.adopt(new AdoptRequest(
                    Dataset.unwritten("logs"), List.of(file), Adoption.Reach.LOCAL, (path, rows) -> {}));
        }
        try (Cache cache = open()) {
            Dataset dataset = cache.dataset("logs").orElseThrow();
            assertEquals(
                    List.of(
                            new Column(6, "who", ColumnType.STRING, false, false),
                            new Column(7, "n", ColumnType.LONG, false, false)),
                    dataset.columns());
            Adoption adoption = cache.adoptions("logs").getFirst();
            assertEquals(Adoption.Reach.LOCAL, adoption.reach());
            assertEquals(List.of(new Adoption.Part(Partition.all("logs"), 6, 6)), adoption.partitions());
            append(cache, 0, 2, "a");
            cache.flush("logs");
            assertEquals(all(legacy(1, 100, 6), sequenced(0, 2)), read(cache, from(cache, WHOLE, Position.START)));
        }
    }
}
