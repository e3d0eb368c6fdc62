// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.PowerCut;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class DurableFilesTest {
    private static final Path HOME = Path.of("/simulated");
    private static final Path FILE = HOME.resolve("state");
    private static final byte[] OLD = content(1, 9000);
    private static final byte[] NEW = content(2, 12_345);
    private static final int TORN = 40;

    private final FaultyDisk disk = new FaultyDisk();
    private final DurableFiles files = new DurableFiles(disk);

    @BeforeEach
    void createHome() throws IOException {
        files.createDirectories(HOME);
    }

    @Test
    @Tag("I1")
    void aCrashInAReplaceLeavesTheOldContentOrTheNew() throws IOException {
        files.replace(FILE, OLD);
        int crashes = 0;
        for (int k = 1; ; k++) {
            FaultyDisk crashed = disk.afterPowerCut(Survivors.none());
            crashed.inject(Faults.cutAt(k));
            if (survives(() -> new DurableFiles(crashed).replace(FILE, NEW))) {
                break;
            }
            for (FaultyDisk found : worldsAfter(crashed)) {
                byte[] left = new DurableFiles(found).readAll(FILE);
                assertTrue(Arrays.equals(OLD, left) || Arrays.equals(NEW, left), "torn by operation " + k);
            }
            crashes++;
        }
        assertEquals(5, crashes);
    }

    @Test
    @Tag("I1")
    void aReplaceThatReturnedSurvivesAnything() throws IOException {
        files.replace(FILE, OLD);
        files.replace(FILE, NEW);
        for (FaultyDisk found : worldsAfter(disk)) {
            assertArrayEquals(NEW, new DurableFiles(found).readAll(FILE));
        }
    }

    @Test
    @Tag("I1")
    void aReplaceAfterAKillSurvivesAPowerCut() throws IOException {
        files.replace(FILE, OLD);
        for (int k = 1; k <= 5; k++) {
            FaultyDisk crashed = disk.afterPowerCut(Survivors.none());
            crashed.inject(Faults.cutAt(k));
            assertFalse(survives(() -> new DurableFiles(crashed).replace(FILE, content(3, 7000))));
            FaultyDisk restarted = crashed.afterKill();
            new DurableFiles(restarted).replace(FILE, NEW);
            for (FaultyDisk found : worldsAfter(restarted)) {
                assertArrayEquals(NEW, new DurableFiles(found).readAll(FILE));
            }
        }
    }

    @Test
    @Tag("I1")
    void aCrashInACreateLeavesNothingOrTheWholeContent() throws IOException {
        int crashes = 0;
        for (int k = 1; ; k++) {
            FaultyDisk crashed = disk.afterPowerCut(Survivors.none());
            crashed.inject(Faults.cutAt(k));
            if (survives(() -> new DurableFiles(crashed).createOnly(FILE, NEW))) {
                break;
            }
            for (FaultyDisk found : worldsAfter(crashed)) {
                if (found.exists(FILE)) {
                    assertArrayEquals(NEW, new DurableFiles(found).readAll(FILE), "torn by operation " + k);
                } else {
                    new DurableFiles(found).createOnly(FILE, NEW);
                }
            }
            crashes++;
        }
        assertEquals(6, crashes);
    }

    @Test
    @Tag("I1")
    void aCreateThatReturnedSurvivesAnything() throws IOException {
        files.createOnly(FILE, NEW);
        for (FaultyDisk found : worldsAfter(disk)) {
            assertArrayEquals(NEW, new DurableFiles(found).readAll(FILE));
        }
    }

    @Test
    @Tag("I1")
    void aFailedSyncIsNeverTakenForSuccess() throws IOException {
        files.replace(FILE, OLD);
        disk.inject(Faults.loseSync(disk.syncs() + 1));
        assertThrows(IOException.class, () -> files.replace(FILE, NEW));
        disk.inject(Faults.NONE);
        for (FaultyDisk found : worldsAfter(disk)) {
            assertArrayEquals(OLD, new DurableFiles(found).readAll(FILE));
        }
        files.replace(FILE, NEW);
        for (FaultyDisk found : worldsAfter(disk)) {
            assertArrayEquals(NEW, new DurableFiles(found).readAll(FILE));
        }
    }

    @Test
    void anyFailureInAReplaceLeavesTheOldContentOrTheNew() throws IOException {
        files.replace(FILE, OLD);
        for (Fault fault : List.of(Fault.FAIL_BEFORE, Fault.FAIL_AFTER)) {
            for (int k = 1; k <= 5; k++) {
                FaultyDisk failing = disk.afterPowerCut(Survivors.none());
                failing.inject(Faults.at(k, fault));
                assertThrows(IOException.class, () -> new DurableFiles(failing).replace(FILE, NEW));
                byte[] left = new DurableFiles(failing).readAll(FILE);
                assertTrue(Arrays.equals(OLD, left) || Arrays.equals(NEW, left));
                failing.inject(Faults.NONE);
                new DurableFiles(failing).replace(FILE, NEW);
                assertArrayEquals(NEW, new DurableFiles(failing.afterPowerCut(Survivors.none())).readAll(FILE));
            }
        }
    }

    @Test
    void aCreateNeverOverwrites() throws IOException {
        files.createOnly(FILE, OLD);
        assertThrows(FileAlreadyExistsException.class, () -> files.createOnly(FILE, NEW));
        assertArrayEquals(OLD, files.readAll(FILE));
        assertEquals(List.of(FILE), files.list(HOME));
    }

    @Test
    void whatACrashLeftBesideIsWrittenOver() throws IOException {
        try (DiskFile left = disk.create(HOME.resolve("state.new"))) {
            left.write(ByteBuffer.wrap(content(3, 50_000)), 0);
        }
        files.replace(FILE, NEW);
        assertArrayEquals(NEW, files.readAll(FILE));
        assertEquals(List.of(FILE), files.list(HOME));
    }

    @Test
    void whatACrashLeftBesideMayBeTheFileItself() throws IOException {
        files.createOnly(FILE, OLD);
        disk.link(FILE, HOME.resolve("state.new"));
        disk.inject(Faults.cutAt(disk.operations() + 3));
        assertFalse(survives(() -> files.replace(FILE, NEW)));
        for (FaultyDisk found : worldsAfter(disk)) {
            assertArrayEquals(OLD, new DurableFiles(found).readAll(FILE));
        }
    }

    @Test
    void aFullDiskLeavesTheOldContent() throws IOException {
        files.replace(FILE, OLD);
        disk.holdAtMost(OLD.length + 500);
        assertThrows(IOException.class, () -> files.replace(FILE, NEW));
        assertArrayEquals(OLD, files.readAll(FILE));
        disk.holdAtMost(1_000_000);
        files.replace(FILE, NEW);
        assertArrayEquals(NEW, files.readAll(FILE));
    }

    @Test
    void aDeleteThatReturnedIsForGood() throws IOException {
        files.replace(FILE, OLD);
        files.delete(FILE);
        assertFalse(disk.afterPowerCut(Survivors.none()).exists(FILE));
    }

    @Test
    @Tag("I18")
    void aStateFileGivesBackItsBody() throws IOException {
        files.writeState(FILE, "identity", 3, text("{\"a\":1}\n"));
        assertArrayEquals(text("{\"a\":1}\n"), files.readState(FILE, "identity", 3));
        files.writeState(FILE, "identity", 3, new byte[0]);
        assertArrayEquals(new byte[0], files.readState(FILE, "identity", 4));
        assertThrows(NoSuchFileException.class, () -> files.readState(HOME.resolve("other"), "identity", 3));
    }

    @Test
    @Tag("I18")
    void aStateFileWithOneFlippedBitIsRefused() throws IOException {
        files.writeState(FILE, "identity", 1, text("{\"incarnation\":\"k3v\"}"));
        byte[] whole = files.readAll(FILE);
        for (int i = 0; i < whole.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = whole.clone();
                flipped[i] ^= (byte) (1 << bit);
                files.replace(FILE, flipped);
                assertThrows(
                        StateException.class, () -> files.readState(FILE, "identity", 9), "byte " + i + " bit " + bit);
                assertArrayEquals(flipped, files.readAll(FILE), "it is left as it is");
            }
        }
    }

    @Test
    @Tag("I18")
    void aStateFileThatIsCutShortIsRefused() throws IOException {
        files.writeState(FILE, "identity", 1, text("{\"incarnation\":\"k3v\"}"));
        byte[] whole = files.readAll(FILE);
        for (int length = 0; length < whole.length; length++) {
            files.replace(FILE, Arrays.copyOf(whole, length));
            assertThrows(StateException.class, () -> files.readState(FILE, "identity", 1));
        }
    }

    @Test
    @Tag("I18")
    void aStateFileOfAnotherKindIsRefused() throws IOException {
        files.writeState(FILE, "identity", 1, text("{}"));
        StateException refused = assertThrows(StateException.class, () -> files.readState(FILE, "lives", 1));
        assertEquals(FILE + ": it does not begin as a lives file does", refused.getMessage());
    }

    @Test
    @Tag("I18")
    void aNewerStateFileIsRefusedWithBothVersions() throws IOException {
        files.writeState(FILE, "identity", 7, text("{}"));
        StateException refused = assertThrows(StateException.class, () -> files.readState(FILE, "identity", 5));
        assertEquals(FILE + ": it has version 7, this program reads up to 5: use a newer one", refused.getMessage());
    }

    /** All the disks that the next process may find. */
    private static List<FaultyDisk> worldsAfter(FaultyDisk crashed) {
        List<FaultyDisk> worlds = new ArrayList<>(List.of(
                crashed.afterKill(),
                crashed.afterKillJustBefore(),
                crashed.afterPowerCut(Survivors.none()),
                crashed.afterPowerCut(Survivors.all())));
        for (long seed = 0; seed < TORN; seed++) {
            worlds.add(crashed.afterPowerCut(Survivors.random(seed)));
            worlds.add(crashed.afterKill().afterPowerCut(Survivors.random(seed)));
        }
        return worlds;
    }

    private static boolean survives(Step step) throws IOException {
        try {
            step.run();
            return true;
        } catch (PowerCut expected) {
            return false;
        }
    }

    private static byte[] content(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }
}
