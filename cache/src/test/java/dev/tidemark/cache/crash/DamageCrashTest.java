// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.Recovery;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.PowerCut;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kills a process at each step in which it sets apart what the disk has lost. */
class DamageCrashTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final Path SEGMENT = DIRECTORY.resolve("spool/0000000000000000001.spool");
    private static final Path QUARANTINE = DIRECTORY.resolve("quarantine");
    private static final List<Long> LEFT = List.of(0L, 1L, 4L, 5L);

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk disk) throws IOException {
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private void append(Cache cache, long from) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, from, 2, "marker" + from)) {
            assertInstanceOf(Appended.class, cache.append(batch));
        }
    }

    private static List<Long> numbers(Cache cache) throws IOException {
        return Rows.read(cache, Scope.whole("logs"), Position.START).stream()
                .map(Rows::n)
                .toList();
    }

    /** Changes the values of the second append: the second place where they name themselves. */
    private static void damage(FaultyDisk disk) throws IOException {
        try (DiskFile open = disk.open(SEGMENT)) {
            byte[] all = new byte[(int) open.size()];
            open.read(ByteBuffer.wrap(all), 0);
            String text = new String(all, StandardCharsets.ISO_8859_1);
            int at = text.lastIndexOf("marker2");
            open.write(ByteBuffer.wrap(new byte[] {'X'}), at);
            open.sync();
        }
    }

    private void check(FaultyDisk found, String where) throws IOException {
        for (int opened = 0; opened < 2; opened++) {
            try (Cache cache = open(found)) {
                assertEquals(LEFT, numbers(cache), where);
                List<Damage> damages = cache.damages("logs");
                assertEquals(1, damages.size(), where + damages);
                assertEquals(2, damages.getFirst().rows(), where);
                Path bytes = QUARANTINE.resolve(damages.getFirst().name() + ".bytes");
                assertTrue(found.exists(bytes), where + ": whoever wants to look finds no " + bytes);
                assertEquals(6, cache.state("logs").accepted(), where);
                assertEquals(0, cache.state("logs").conservationDelta(), where);
                assertEquals(
                        6,
                        cache.heads("logs").stream()
                                .mapToLong(head -> head.rows())
                                .sum());
            }
        }
    }

    @Test
    @Tag("I1")
    @Tag("I16")
    void whatARecoverySetsApartIsCountedOnceWhereverItDies() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        FaultyDisk killed;
        try (Cache cache = open(disk)) {
            append(cache, 0);
            append(cache, 2);
            append(cache, 4);
            killed = disk.afterKill();
        }
        damage(killed);
        boolean ended = false;
        for (int k = 1; !ended; k++) {
            FaultyDisk dying = killed.afterKill();
            dying.inject(Faults.cutAt(dying.operations() + k));
            try (Cache cache = open(dying)) {
                assertEquals(LEFT, numbers(cache));
                ended = true;
            } catch (IOException | PowerCut dead) {
                assertTrue(dying.isCut());
            }
            check(dying.afterKill(), "killed before operation " + k);
            check(dying.afterPowerCut(Survivors.none()), "without power before operation " + k);
        }
    }

    @Test
    @Tag("I16")
    @Tag("I19")
    void aBackupKnowsWhatTheDiskHasLost() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        FaultyDisk killed;
        try (Cache cache = open(disk)) {
            append(cache, 0);
            append(cache, 2);
            append(cache, 4);
            killed = disk.afterKill();
        }
        damage(killed);
        Path copy = DIRECTORY.resolveSibling("copy");
        try (Cache cache = open(killed)) {
            cache.backup(copy, (directory, target, copies) -> {});
        }
        Recovery.of(copy, new DurableFiles(killed)).restored(() -> {}, clock.instant());
        killed.rename(DIRECTORY, DIRECTORY.resolveSibling("lost"));
        killed.rename(copy, DIRECTORY);
        check(killed, "restored");
    }

    @Test
    @Tag("I4")
    @Tag("I16")
    void whatAReaderWasNotGivenNobodyIsGivenLater() throws IOException {
        boolean ended = false;
        for (int k = 1; !ended; k++) {
            FaultyDisk disk = new FaultyDisk();
            try (Cache cache = open(disk)) {
                append(cache, 0);
                append(cache, 2);
                append(cache, 4);
                damage(disk);
                disk.inject(Faults.cutAt(disk.operations() + k));
                assertEquals(LEFT, numbers(cache));
                FaultyDisk left = disk.afterPowerCut(Survivors.none());
                check(left, "after a read");
                disk.inject(Faults.NONE);
                ended = true;
            } catch (IOException | PowerCut dead) {
                assertTrue(disk.isCut());
            }
            check(disk.afterKill(), "killed before operation " + k);
            check(disk.afterPowerCut(Survivors.none()), "without power before operation " + k);
        }
    }
}
