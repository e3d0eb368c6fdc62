// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.LeavesDamage;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.iceberg.StaticTableOperations;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that another engine deletes in place, by deletion vectors: the others are read as before. */
@LeavesDamage("rows that another engine deleted are in no book")
class DeletedInPlaceTest {
    private static final int FILES = 3;
    private static final int ROWS = 2000;

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(Path where) throws IOException {
        return Cache.open(
                new Cache.Options(where, Sequence.NONE, 1 << 20, ROWS, 1 << 30),
                new DurableFiles(new LocalDisk()),
                memory,
                ManualClock.started());
    }

    private Cache filled() throws IOException {
        Cache cache = open(here());
        for (int file = 0; file < FILES; file++) {
            try (RowBatch batch = Rows.batch(Rows.proposal("logs"), memory, file * (long) ROWS, ROWS, "a", "b")) {
                AppendOutcome outcome = cache.append(
                        file == 0 ? batch : new RowBatch(cache.dataset("logs").orElseThrow(), batch.vectors()));
                Assertions.assertInstanceOf(AppendOutcome.Appended.class, outcome);
            }
            cache.flush("logs");
        }
        return cache;
    }

    private Path here() {
        return directory.resolve("here");
    }

    private ForeignEngine engine() {
        return new ForeignEngine(new LocalDisk(), here().resolve("tables/logs"));
    }

    private static List<Long> sequences(Cache cache, long since) throws IOException {
        return Rows.read(cache, Scope.whole("logs"), new Position(0, since)).stream()
                .map(row -> {
                    assertEquals(row.sequence() - 1, row.n());
                    return row.sequence();
                })
                .toList();
    }

    @Test
    @Tag("I6")
    void whatIsDeletedIsNotReadAndEverythingElseIs() throws IOException {
        Random random = new Random(7);
        Set<Long> left = new TreeSet<>(
                LongStream.rangeClosed(1, FILES * (long) ROWS).boxed().toList());
        try (Cache cache = filled()) {
            for (int round = 0; round < 3; round++) {
                Set<Long> deleted = new TreeSet<>();
                random.longs(500, 1, 2L * ROWS + 1).filter(left::contains).forEach(deleted::add);
                left.removeAll(deleted);
                engine().deleteRows(deleted);
                assertEquals(List.copyOf(left), sequences(cache, 0));
                long since = random.nextLong(FILES * (long) ROWS);
                assertEquals(left.stream().filter(each -> each > since).toList(), sequences(cache, since));
                assertEquals(left.size(), cache.state("logs").inTable());
            }
            assertTrue(cache.verify().checks().stream()
                    .filter(check -> check.rule().equals("I5") || check.rule().equals("I2"))
                    .allMatch(check -> check.findings().isEmpty()));
        }
    }

    @Test
    @Tag("I6")
    void aDamagedVectorIsAnErrorAndGivesNoDeletedRowBack() throws IOException {
        try (Cache cache = filled()) {
            engine().deleteRows(Set.of(2L, 3L, 700L));
            Path vector;
            try (var files = Files.list(here().resolve("tables/logs/data"))) {
                vector = files.filter(file -> file.toString().endsWith(".puffin"))
                        .findFirst()
                        .orElseThrow();
            }
            byte[] written = Files.readAllBytes(vector);
            for (int at = 4; at < 4 + 40; at++) { // The blob begins after the magic number of the file.
                byte[] damaged = written.clone();
                damaged[at] ^= 0x10;
                Files.write(vector, damaged);
                assertThrows(IOException.class, () -> sequences(cache, 0), "byte " + at);
            }
        }
    }

    @Test
    @Tag("I5")
    @Tag("I16")
    void nothingIsRemovedWhereOthersWereDeletedThanThoseThatWereSeen() throws IOException {
        try (Cache cache = filled()) {
            engine().deleteRows(Set.of(2L));
            Departures departures = new CacheTable(
                            new DurableFiles(new LocalDisk()),
                            "logs",
                            here().resolve("tables/logs"),
                            ManualClock.started())
                    .departures();
            AgedFile first =
                    departures.files(cache.dataset("logs").orElseThrow()).getFirst();
            BitSet oldest = new BitSet();
            oldest.set(0);
            Departures.Prepared prepared = departures.prepare(List.of(new Departure(first, oldest, 1, 1, 3)));
            engine().rollBack();
            engine().deleteRows(Set.of(3L));

            assertThrows(IOException.class, () -> departures.commit(prepared, 3));

            assertEquals(List.of(1L, 2L, 4L), sequences(cache, 0).subList(0, 3));
        }
    }

    @Test
    @Tag("I6")
    void aTableThatIsMovedKeepsWhatIsDeleted() throws IOException {
        List<Long> left;
        try (Cache cache = filled()) {
            engine().deleteRows(Set.of(2L, 3L, 700L));
            left = sequences(cache, 0);
        }
        Path there = directory.resolve("there");
        Files.move(here(), there);
        try (Cache cache = open(there)) {
            assertEquals(left, sequences(cache, 0));
            assertEquals(FILES * ROWS - 3, left.size());
        }
        Path metadata = there.resolve("tables/logs/metadata");
        String version = Files.readString(metadata.resolve("version-hint.text")).strip();
        StaticTableOperations operations = new StaticTableOperations(
                metadata.resolve("v" + version + ".metadata.json").toString(), new DiskFileIO(new LocalDisk()));
        FileIndex named =
                FileIndex.read(operations.current(), operations.current().currentSnapshot(), operations.io());
        assertEquals(
                3,
                named.files().stream()
                        .mapToLong(file -> file.rows() - file.liveRows())
                        .sum());
        assertTrue(named.files().stream().allMatch(file -> file.path().startsWith(there.toString())));
    }
}
