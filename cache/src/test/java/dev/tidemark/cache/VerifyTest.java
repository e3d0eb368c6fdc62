// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.LeavesDamage;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** For each kind of damage, that verify finds it, and says what it is about. */
@LeavesDamage("what there is to find")
class VerifyTest {
    private static final int HEADER_BYTES = 64;
    private static final int FRAME_HEADER_BYTES = 128;

    @TempDir
    private Path directory;

    @TempDir
    private Path elsewhere;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T12:00:00Z"));
    private final DurableFiles files = new DurableFiles(new LocalDisk());

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open() throws IOException {
        return Cache.open(new Cache.Options(directory, Sequence.NONE, 1 << 16, 1000, 1 << 20), files, memory, clock);
    }

    private void append(Cache cache, long from, int rows) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, from, rows, "a", "b")) {
            assertInstanceOf(Appended.class, cache.append(batch));
        }
    }

    /** Two files in the table, two appends in the tail. */
    private void fill() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 500);
            cache.flush("logs");
            append(cache, 500, 500);
            cache.flush("logs");
            append(cache, 1000, 7);
            append(cache, 1007, 8);
            assertEquals(List.of(), wrong(cache.verify()));
        }
    }

    /** The names of the checks that found something wrong. */
    private static List<String> wrong(Verification verification) {
        return verification.checks().stream()
                .filter(check -> !check.ok())
                .map(Check::name)
                .toList();
    }

    private Verification verify() throws IOException {
        return Cache.verify(directory, files, clock);
    }

    private List<Path> named(String folder, String end) throws IOException {
        try (Stream<Path> names = Files.list(directory.resolve(folder))) {
            return names.filter(file -> file.toString().endsWith(end)).sorted().toList();
        }
    }

    private static void flip(Path file, long offset) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(offset);
            int value = open.read();
            open.seek(offset);
            open.write(value ^ 1);
        }
    }

    @Test
    @Tag("I16")
    void whatWasWrittenIsRightWithOrWithoutADaemonAndStaysAsItIs() throws IOException {
        fill();
        List<String> before = everything();
        Verification found = verify();
        assertEquals(
                List.of(),
                found.checks().stream()
                        .flatMap(check -> check.findings().stream())
                        .toList());
        assertTrue(found.isOk());
        assertTrue(found.checks().stream().allMatch(check -> check.examined() > 0), found::toString);
        assertEquals(before, everything());
    }

    private List<String> everything() throws IOException {
        List<String> all = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                all.add(file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file));
            }
        }
        return all;
    }

    @Test
    void whereThereIsNoCacheThereIsNothingToVerify() {
        assertThrows(CorruptDataException.class, this::verify);
        assertTrue(Files.notExists(directory.resolve("spool")));
    }

    @Test
    @Tag("I1")
    void aFlippedBitInAFrameIsFoundAndATornEndIsOnlyNoted() throws IOException {
        fill();
        Path segment = named("spool", ".spool").getLast();
        long end = endOfFrames(segment);
        flip(segment, end + 3);
        Verification torn = verify();
        assertTrue(torn.isOk());
        assertTrue(torn.toString().contains("note: "), torn::toString);
        flip(segment, end + 3);
        flip(segment, firstRows(segment) + FRAME_HEADER_BYTES + 1);
        List<String> wrong = wrong(verify());
        assertTrue(wrong.contains("spool checksums"), wrong::toString);
    }

    private static int firstRows(Path segment) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
        int body = bytes.getInt(HEADER_BYTES + 28);
        return HEADER_BYTES + FRAME_HEADER_BYTES + (body + HEADER_BYTES - 1) / HEADER_BYTES * HEADER_BYTES;
    }

    private static long endOfFrames(Path segment) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
        int at = HEADER_BYTES;
        while (bytes.getInt(at) != 0) {
            at += FRAME_HEADER_BYTES + (bytes.getInt(at + 28) + HEADER_BYTES - 1) / HEADER_BYTES * HEADER_BYTES;
        }
        return at;
    }

    @Test
    @Tag("I2")
    void sequencesThatGoBackAreFoundInTheSpool() throws IOException {
        fill();
        Path segment = named("spool", ".spool").getLast();
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
        int at = HEADER_BYTES;
        int last = at;
        while (bytes.getInt(at) != 0) {
            last = at;
            at += FRAME_HEADER_BYTES + (bytes.getInt(at + 28) + HEADER_BYTES - 1) / HEADER_BYTES * HEADER_BYTES;
        }
        bytes.putLong(last + 16, 1003);
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, last));
        crc.update(bytes.slice(last, HEADER_BYTES - 4));
        bytes.putInt(last + HEADER_BYTES - 4, (int) crc.getValue());
        Files.write(segment, bytes.array());
        assertEquals(List.of("spool order"), wrong(verify()));
    }

    @Test
    @Tag("I5")
    void aFlippedBitInAnyPageOfADataFileIsFound() throws IOException {
        fill();
        Path file = named("tables/logs/data", ".parquet").getFirst();
        byte[] whole = Files.readAllBytes(file);
        int footer =
                ByteBuffer.wrap(whole).order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt(whole.length - 8) + 8;
        int found = 0;
        for (int at = 4; at < whole.length - footer; at += 97) {
            flip(file, at);
            List<String> wrong = wrong(verify());
            found += wrong.contains("data files") || wrong.contains("table order") ? 1 : 0;
            Files.write(file, whole);
        }
        int tried = (whole.length - footer - 4 + 96) / 97;
        // What a page's header says besides lengths and checksum is read by nobody.
        assertTrue(found >= tried * 0.8, found + " of " + tried);
        assertEquals(List.of(), wrong(verify()));
    }

    @Test
    @Tag("I17")
    void aMissingDataFileManifestOrManifestListIsFound() throws IOException {
        fill();
        for (String end : List.of(".parquet", "-m0.avro", "snap")) {
            Path file = end.equals("snap")
                    ? named("tables/logs/metadata", ".avro").stream()
                            .filter(name -> name.getFileName().toString().startsWith("snap"))
                            .findFirst()
                            .orElseThrow()
                    : named(end.equals(".parquet") ? "tables/logs/data" : "tables/logs/metadata", end)
                            .getFirst();
            byte[] whole = Files.readAllBytes(file);
            Files.delete(file);
            List<String> wrong = wrong(verify());
            assertTrue(wrong.contains("referenced files"), () -> file + " " + wrong);
            Files.write(file, whole);
        }
        assertEquals(List.of(), wrong(verify()));
    }

    @Test
    @Tag("I17")
    void aFileThatNobodyNamesIsFoundWhereUpkeepShouldHaveDeletedIt() throws IOException {
        fill();
        Path stray = directory.resolve("tables/logs/data/stray.parquet");
        Files.write(stray, new byte[10]);
        Files.setLastModifiedTime(stray, FileTime.from(clock.instant().minus(Duration.ofDays(1))));
        assertEquals(List.of(), wrong(verify()));
        clock.advance(Duration.ofDays(20_000)); // Iceberg's metadata log has this host's time.
        try (Cache cache = open()) {
            for (int i = 0; i < 101; i++) {
                append(cache, 2000 + i, 1);
                cache.flush("logs");
            }
        }
        Instant now = Instant.now(); // As above.
        Files.setLastModifiedTime(stray, FileTime.from(now.minus(Duration.ofHours(23))));
        assertEquals(List.of(), wrong(verify()), "upkeep may not have had its turn");
        Files.setLastModifiedTime(stray, FileTime.from(now.minus(Duration.ofHours(25))));
        assertEquals(List.of("unreferenced files"), wrong(verify()));
    }

    @Test
    @Tag("I16")
    @Tag("I18")
    void aStateFileThatIsNotWhatWasWrittenIsFound() throws IOException {
        fill();
        for (String name : List.of("lives", "identity", "spool/sequence")) {
            Path file = directory.resolve(name);
            byte[] whole = Files.readAllBytes(file);
            flip(file, whole.length - 3L);
            List<String> wrong = wrong(verify());
            assertEquals(1, wrong.size(), () -> name + " " + wrong);
            assertTrue(wrong.getFirst().endsWith("state files"), wrong::toString);
            Files.write(file, whole);
        }
    }

    @Test
    @Tag("I16")
    void rowsThatAreInNoBookAnyMoreAreMissed() throws IOException {
        fill();
        try (Cache cache = open()) {
            cache.flush("logs");
            for (int i = 0; i < 15; i++) {
                append(cache, 5000, 900);
                cache.flush("logs");
            }
        }
        Files.deleteIfExists(directory.resolve("spool/checkpoint-a"));
        Files.deleteIfExists(directory.resolve("spool/checkpoint-b"));
        assertEquals(List.of("conservation"), wrong(verify()));
    }

    @Test
    @Tag("I6")
    @Tag("I13")
    void verifyingRunsBesideAppendsAndFlushes() throws Exception {
        try (Cache cache = open();
                var beside = Executors.newSingleThreadExecutor()) {
            append(cache, 0, 10);
            Future<?> writing = beside.submit(() -> {
                for (int i = 0; i < 60; i++) {
                    append(cache, i * 100L, 100);
                    if (i % 7 == 0) {
                        cache.flush("logs");
                    }
                }
                return null;
            });
            int rounds = 0;
            while (!writing.isDone() || rounds < 3) {
                Verification found = cache.verify();
                assertTrue(found.isOk(), found::toString);
                rounds++;
            }
            writing.get();
        }
        assertEquals(List.of(), wrong(verify()));
    }

    @Test
    @Tag("I18")
    void whatKeepsACacheShutIsFoundByVerifyToo() throws IOException {
        fill();
        List<Path> victims = new ArrayList<>(List.of(
                directory.resolve("lives"),
                directory.resolve("identity"),
                directory.resolve("spool/sequence"),
                named("spool", ".spool").getFirst()));
        victims.addAll(named("tables/logs/metadata", ".avro"));
        int shut = 0;
        for (Path victim : victims) {
            for (int share : new int[] {-1, 0, 2}) {
                Path copy = copied();
                Path hurt = copy.resolve(directory.relativize(victim));
                if (share < 0) {
                    Files.delete(hurt);
                } else {
                    Files.write(hurt, Arrays.copyOf(Files.readAllBytes(victim), share * (int) Files.size(victim) / 4));
                }
                boolean found = isFoundWrong(copy);
                if (!opens(copy)) {
                    shut++;
                    assertTrue(found, () -> "verify says nothing of " + victim + " of which is left " + share + "/4");
                }
            }
        }
        assertTrue(shut >= 12, "shut: " + shut);
        assertTrue(opens(copied()));
    }

    private Path copied() throws IOException {
        Path copy = Files.createTempDirectory(elsewhere, "copy");
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.skip(1).toList()) {
                Files.copy(each, copy.resolve(directory.relativize(each)));
            }
        }
        return copy;
    }

    private boolean isFoundWrong(Path copy) throws IOException {
        try {
            return !Cache.verify(copy, files, clock).isOk();
        } catch (CorruptDataException refused) {
            return true;
        }
    }

    private boolean opens(Path copy) {
        try (Cache cache =
                Cache.open(new Cache.Options(copy, Sequence.NONE, 1 << 16, 1000, 1 << 20), files, memory, clock)) {
            return !cache.datasets().isEmpty();
        } catch (IOException refused) {
            return false;
        }
    }
}
