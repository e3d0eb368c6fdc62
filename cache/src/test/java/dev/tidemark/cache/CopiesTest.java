// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a data directory: taken while it is in use, opened as what they are said to be, moved elsewhere. */
class CopiesTest {
    private static final Scope WHOLE = Scope.whole("logs");
    private static final Cache.BackupPart NOBODY_ELSE = (directory, target, copies) -> {};

    @TempDir
    private Path root;

    private Path home;
    private Path copy;
    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T12:00:00Z"));
    private final DurableFiles files = new DurableFiles(new LocalDisk());

    @BeforeEach
    void places() throws IOException {
        home = Files.createDirectory(root.resolve("home"));
        copy = root.resolve("copy");
    }

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(Path directory) throws IOException {
        return Cache.open(new Cache.Options(directory, Sequence.NONE, 1 << 16, 1000, 1 << 20), files, memory, clock);
    }

    private Appended append(Cache cache, long from, int rows) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, from, rows, "a", "b")) {
            return assertInstanceOf(Appended.class, cache.append(batch));
        }
    }

    private static List<Long> numbers(Cache cache) throws IOException {
        return Rows.read(cache, WHOLE, Position.START).stream().map(Rows::n).toList();
    }

    private static List<Long> upTo(long end) {
        return LongStream.range(0, end).boxed().toList();
    }

    private void requireRight(Path directory) throws IOException {
        Verification found = Cache.verify(directory, files, clock);
        assertTrue(found.isOk(), found::toString);
    }

    @Test
    @Tag("I19")
    void aBackupOpensOnlyThroughRecover() throws IOException {
        try (Cache cache = open(home)) {
            append(cache, 0, 10);
            cache.flush("logs");
            append(cache, 10, 5);
            cache.backup(copy, NOBODY_ELSE);
            assertThrows(FileAlreadyExistsException.class, () -> cache.backup(copy, NOBODY_ELSE));
            assertThrows(FileAlreadyExistsException.class, () -> cache.backup(home.resolve("within"), NOBODY_ELSE));
            append(cache, 15, 5);
            cache.flush("logs");
        }
        assertTrue(assertThrows(CorruptDataException.class, () -> open(copy))
                .toString()
                .contains("tidemark recover"));
        requireRight(copy);
        Recovery.of(copy, files).restored(() -> {}, clock.instant());
        try (Cache restored = open(copy)) {
            assertEquals(upTo(15), numbers(restored));
        }
        requireRight(copy);
    }

    @Test
    @Tag("I19")
    void aBackupThatWasNeverFinishedIsNotTakenForOne() throws IOException {
        try (Cache cache = open(home)) {
            append(cache, 0, 10);
            assertThrows(
                    IOException.class,
                    () -> cache.backup(copy, (directory, target, copies) -> {
                        throw new IOException("killed here");
                    }));
        }
        assertThrows(CorruptDataException.class, () -> open(copy));
        assertTrue(assertThrows(CorruptDataException.class, () -> Recovery.of(copy, files))
                .toString()
                .contains("never finished"));
    }

    @Test
    @Tag("I19")
    void aCopyThatWasMadeByOtherMeansStaysShutWhenItsRecoveryDied() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        DurableFiles simulated = new DurableFiles(disk);
        Path at = Path.of("/simulated/home");
        Cache.Options options = new Cache.Options(at, Sequence.NONE, 1 << 16, 1000, 1 << 20);
        try (Cache cache = Cache.open(options, simulated, memory, clock)) {
            append(cache, 0, 10);
        }
        Recovery.Part dies = () -> {
            throw new IOException("killed here");
        };
        assertThrows(IOException.class, () -> Recovery.of(at, simulated).restored(dies, clock.instant()));

        DurableFiles found = new DurableFiles(disk.afterPowerCut(Survivors.none()));
        assertThrows(CorruptDataException.class, () -> Cache.open(options, found, memory, clock));
        Recovery.of(at, found).restored(() -> {}, clock.instant());
        try (Cache cache = Cache.open(options, found, memory, clock)) {
            assertEquals(upTo(10), numbers(cache));
        }
    }

    @Test
    @Tag("I2")
    @Tag("I19")
    void afterARestoreNoNumberIsGivenThatTheLostFutureGave() throws IOException {
        Set<Long> given = new HashSet<>();
        String incarnation;
        String lostLife;
        try (Cache cache = open(home)) {
            incarnation = cache.incarnation();
            append(cache, 0, 10);
            cache.backup(copy, NOBODY_ELSE);
            clock.advance(Duration.ofHours(1));
        }
        try (Cache cache = open(home)) {
            lostLife = cache.life();
            for (int i = 0; i < 20; i++) {
                Appended rows = append(cache, 100 + i * 50L, 50);
                LongStream.rangeClosed(rows.first().value(), rows.last().value())
                        .forEach(given::add);
            }
        }
        Recovery.of(copy, files).restored(() -> {}, clock.instant());
        clock.advance(Duration.ofMillis(1));
        try (Cache restored = open(copy)) {
            assertEquals(incarnation, restored.incarnation());
            assertFalse(restored.hasLived(lostLife));
            for (int i = 0; i < 20; i++) {
                Appended rows = append(restored, 10 + i * 50L, 50);
                LongStream.rangeClosed(rows.first().value(), rows.last().value())
                        .forEach(number -> assertTrue(given.add(number), () -> "given twice: " + number));
            }
            assertEquals(upTo(1010), numbers(restored));
            assertTrue(restored.lives().getLast().first().value() > 4096L * 3_600_000);
        }
    }

    @Test
    @Tag("I19")
    void aCloneAndWhatItWasClonedFromBothGoOn() throws IOException {
        try (Cache cache = open(home)) {
            append(cache, 0, 10);
            cache.flush("logs");
            append(cache, 10, 5);
            cache.backup(copy, NOBODY_ELSE);
        }
        Recovery recovery = Recovery.of(copy, files);
        assertEquals(new Sequence(1), recovery.lives().getFirst().first());
        recovery.cloned(() -> {}, clock.instant());
        clock.advance(Duration.ofSeconds(1));
        try (Cache parent = open(home);
                Cache clone = open(copy)) {
            assertNotEquals(parent.incarnation(), clone.incarnation());
            assertNotEquals(parent.life(), clone.life());
            append(parent, 15, 5);
            append(clone, 15, 7);
            clone.flush("logs");
            parent.flush("logs");
            assertEquals(upTo(20), numbers(parent));
            assertEquals(upTo(22), numbers(clone));
            assertTrue(clone.isGood(parent.continuation(WHOLE, Position.after(new Sequence(15)))));
            assertFalse(clone.isGood(parent.continuation(WHOLE, Position.after(new Sequence(16)))));
            assertFalse(parent.isGood(clone.continuation(WHOLE, Position.START)));
        }
        requireRight(home);
        requireRight(copy);
    }

    @Test
    @Tag("I16")
    void aBackupThatIsTakenWhileRowsComeAndGoIntoTablesIsWhole() throws Exception {
        try (Cache cache = open(home);
                var beside = Executors.newSingleThreadExecutor()) {
            append(cache, 0, 10);
            Future<?> writing = beside.submit(() -> {
                for (int i = 0; i < 80; i++) {
                    append(cache, 10 + i * 100L, 100);
                    if (i % 5 == 0) {
                        cache.flush("logs");
                    }
                }
                return null;
            });
            int taken = 0;
            while (!writing.isDone() || taken < 3) {
                long before = cache.state("logs").accepted();
                Path to = root.resolve("copy-" + taken++);
                cache.backup(to, NOBODY_ELSE);
                requireRight(to);
                Recovery.of(to, files).restored(() -> {}, clock.instant());
                try (Cache restored = open(to)) {
                    List<Long> numbers = numbers(restored);
                    assertTrue(numbers.size() >= before, numbers.size() + " of " + before);
                    assertEquals(upTo(numbers.size()), numbers);
                }
            }
            writing.get();
        }
    }

    @Test
    @Tag("I1")
    @Tag("I19")
    void aBackupThatEndedIsOnDiskWhateverItsFilesAreCopiesOrSecondNames() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        DurableFiles simulated = new DurableFiles(disk);
        Path from = Path.of("/simulated/home");
        Path to = Path.of("/simulated/copy");
        Cache.Options options = new Cache.Options(from, Sequence.NONE, 1 << 16, 1000, 1 << 20);
        try (Cache cache = Cache.open(options, simulated, memory, clock)) {
            append(cache, 0, 10);
            cache.flush("logs");
            append(cache, 10, 5);
            cache.backup(
                    to, (directory, target, copies) -> copies.write(target.resolve("sinks/register"), new byte[9]));
        }
        DurableFiles found = new DurableFiles(disk.afterPowerCut(Survivors.none()));
        assertEquals(9, found.readAll(to.resolve("sinks/register")).length);
        Recovery.of(to, found).restored(() -> {}, clock.instant());
        Cache.Options copied = new Cache.Options(to, Sequence.NONE, 1 << 16, 1000, 1 << 20);
        try (Cache cache = Cache.open(copied, found, memory, clock)) {
            assertEquals(upTo(15), numbers(cache));
        }
    }

    @Test
    @Tag("I5")
    void aMovedDataDirectoryOpensAndItsTablesNameTheirFilesWhereTheyAre() throws IOException {
        try (Cache cache = open(home)) {
            for (int i = 0; i < 5; i++) {
                append(cache, i * 10L, 10);
                cache.flush("logs");
            }
            append(cache, 50, 5);
        }
        Files.move(home, copy);
        requireRight(copy);
        try (Cache moved = open(copy)) {
            assertEquals(upTo(55), numbers(moved));
            append(moved, 55, 5);
            moved.flush("logs");
            assertEquals(upTo(60), numbers(moved));
            assertEquals(0, moved.state("logs").conservationDelta());
        }
        requireRight(copy);
        Path metadata = copy.resolve("tables/logs/metadata");
        Path newest;
        try (Stream<Path> names = Files.list(metadata)) {
            newest = names.filter(name -> name.toString().endsWith(".metadata.json"))
                    .max((one, other) -> Long.compare(version(one), version(other)))
                    .orElseThrow();
        }
        String text = Files.readString(newest);
        assertTrue(text.contains("\"location\":\"" + copy), text);
        String current = text.substring(text.indexOf("\"snapshots\""), text.indexOf("\"metadata-log\""));
        assertFalse(current.contains(home + "/"), current);
        try (Stream<Path> names = Files.list(metadata)) {
            for (Path manifest : names.filter(
                            name -> current.contains(name.getFileName().toString()))
                    .toList()) {
                String bytes = Files.readString(manifest, StandardCharsets.ISO_8859_1);
                assertFalse(bytes.contains(home + "/"), manifest::toString);
            }
        }
    }

    private static long version(Path metadata) {
        return Long.parseLong(metadata.getFileName().toString().replaceAll("\\D", ""));
    }
}
