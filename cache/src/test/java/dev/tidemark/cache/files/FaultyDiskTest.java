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
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The simulated disk is a disk, and loses exactly what it may lose. */
final class FaultyDiskTest extends DiskContract {
    private static final Path HOME = Path.of("/simulated/home");
    private static final Path FILE = HOME.resolve("a");

    private final FaultyDisk disk = new FaultyDisk();

    @Override
    Disk disk() {
        return disk;
    }

    @Override
    Path home() {
        return HOME;
    }

    @Test
    void bytesNeedASyncAndNamesNeedOneOfTheirDirectory() throws IOException {
        DiskFile file = disk.create(FILE);
        fill(file, 1, 5000);
        assertFalse(disk.afterPowerCut(Survivors.none()).exists(FILE));
        disk.syncDirectory(HOME);
        assertEquals(0, content(disk.afterPowerCut(Survivors.none())).length);
        file.sync();
        fill(file, 2, 5000);
        assertArrayEquals(filled(1, 5000), content(disk.afterPowerCut(Survivors.none())));
        assertArrayEquals(filled(2, 5000), content(disk.afterPowerCut(Survivors.all())));
        assertArrayEquals(filled(2, 5000), content(disk.afterKill()));
    }

    @Test
    void aRenameAndADeleteComeUndone() throws IOException {
        store(FILE, 1);
        Path second = HOME.resolve("b");
        disk.rename(FILE, second);
        assertTrue(disk.afterPowerCut(Survivors.none()).exists(FILE));
        assertFalse(disk.afterPowerCut(Survivors.none()).exists(second));
        disk.syncDirectory(HOME);
        disk.delete(second);
        assertTrue(disk.afterPowerCut(Survivors.none()).exists(second));
        assertFalse(disk.afterPowerCut(Survivors.all()).exists(second));
    }

    @Test
    void aTornFileHasSectorsOfEveryAge() throws IOException {
        DiskFile file = disk.create(FILE);
        fill(file, 1, 8192);
        file.sync();
        disk.syncDirectory(HOME);
        fill(file, 2, 8192);
        fill(file, 3, 8192);
        Set<Set<Byte>> mixtures = new HashSet<>();
        for (long seed = 0; seed < 50; seed++) {
            byte[] found = content(disk.afterPowerCut(Survivors.random(seed)));
            Set<Byte> ages = new HashSet<>();
            for (int sector = 0; sector < found.length; sector += 512) {
                byte[] one = Arrays.copyOfRange(found, sector, sector + 512);
                assertArrayEquals(filled(one[0], 512), one, "a sector is never torn");
                ages.add(one[0]);
            }
            mixtures.add(ages);
        }
        assertTrue(mixtures.contains(Set.of((byte) 1)), mixtures::toString);
        assertTrue(mixtures.contains(Set.of((byte) 3)), mixtures::toString);
        assertTrue(mixtures.contains(Set.of((byte) 1, (byte) 2, (byte) 3)), mixtures::toString);
    }

    @Test
    void aPowerCutIsTheSameForTheSameSeed() throws IOException {
        DiskFile file = disk.create(FILE);
        disk.syncDirectory(HOME);
        for (int i = 0; i < 40; i++) {
            file.write(ByteBuffer.wrap(filled(i, 700)), i * 300L);
        }
        for (long seed = 0; seed < 20; seed++) {
            assertArrayEquals(
                    content(disk.afterPowerCut(Survivors.random(seed))),
                    content(disk.afterPowerCut(Survivors.random(seed))));
        }
    }

    @Test
    void aKillKeepsWhatAPowerCutMayStillTake() throws IOException {
        DiskFile file = disk.create(FILE);
        fill(file, 1, 100);
        FaultyDisk killed = disk.afterKill();
        assertArrayEquals(filled(1, 100), content(killed));
        assertFalse(killed.afterPowerCut(Survivors.none()).exists(FILE));
        killed.open(FILE).sync();
        killed.syncDirectory(HOME);
        assertArrayEquals(filled(1, 100), content(killed.afterPowerCut(Survivors.none())));
    }

    @Test
    void theDisksOfOneCrashDoNotShareTheirFuture() throws IOException {
        store(FILE, 1);
        FaultyDisk one = disk.afterKill();
        FaultyDisk other = disk.afterPowerCut(Survivors.none());
        fill(one.open(FILE), 2, 100);
        fill(disk.open(FILE), 3, 100);
        assertArrayEquals(filled(2, 100), content(one));
        assertArrayEquals(filled(1, 100), content(other));
        assertArrayEquals(filled(3, 100), content(disk));
    }

    @Test
    void nothingIsAnsweredAfterACut() throws IOException {
        store(FILE, 1);
        DiskFile open = disk.open(FILE);
        disk.inject(Faults.cutAt(disk.operations() + 2));
        fill(open, 2, 100);
        assertThrows(PowerCut.class, () -> disk.delete(FILE));
        assertThrows(PowerCut.class, () -> disk.exists(FILE));
        assertThrows(PowerCut.class, open::size);
        assertThrows(PowerCut.class, open::sync);
        open.close();
        assertFalse(disk.afterKill().exists(FILE));
        assertTrue(disk.afterKillJustBefore().exists(FILE));
        assertArrayEquals(filled(2, 100), content(disk.afterKillJustBefore()));
        assertArrayEquals(filled(1, 100), content(disk.afterPowerCut(Survivors.none())));
    }

    @Test
    void aFailureHasHappenedOrNot() throws IOException {
        store(FILE, 1);
        disk.inject(Faults.at(disk.operations() + 1, Fault.FAIL_BEFORE));
        assertThrows(IOException.class, () -> disk.delete(FILE));
        assertTrue(disk.exists(FILE));
        disk.inject(Faults.at(disk.operations() + 1, Fault.FAIL_AFTER));
        assertThrows(IOException.class, () -> disk.delete(FILE));
        assertFalse(disk.exists(FILE));
    }

    @Test
    void afterAFailedSyncASecondOneSavesNothing() throws IOException {
        store(FILE, 1);
        DiskFile file = disk.open(FILE);
        fill(file, 2, 100);
        disk.inject(Faults.loseSync(disk.syncs() + 1));
        assertThrows(IOException.class, file::sync);
        file.sync();
        assertArrayEquals(filled(2, 100), content(disk));
        assertArrayEquals(filled(1, 100), content(disk.afterPowerCut(Survivors.none())));
        assertArrayEquals(filled(1, 100), content(disk.afterPowerCut(Survivors.all())));
    }

    @Test
    void aFullDiskTakesWhatFits() throws IOException {
        store(FILE, 1);
        disk.holdAtMost(150);
        assertEquals(50, disk.usableBytes(HOME));
        DiskFile file = disk.open(FILE);
        IOException full = assertThrows(IOException.class, () -> file.write(ByteBuffer.wrap(new byte[80]), 100));
        assertEquals("No space left on device", full.getMessage());
        assertEquals(150, file.size());
        assertEquals(0, disk.usableBytes(HOME));
        fill(file, 3, 100);
        disk.delete(FILE);
        assertEquals(0, disk.usableBytes(HOME));
        file.close();
        assertEquals(150, disk.usableBytes(HOME));
    }

    @Test
    void directoriesAreDurableAtOnceUnlessTheCutIsInTheirMaking() throws IOException {
        disk.inject(Faults.cutAt(disk.operations() + 1));
        Path made = HOME.resolve("d/e");
        assertThrows(PowerCut.class, () -> disk.createDirectories(made));
        assertFalse(disk.afterPowerCut(Survivors.none()).exists(made));
        FaultyDisk killed = disk.afterKill();
        assertTrue(killed.exists(made));
        killed.createDirectories(made);
        assertTrue(killed.afterPowerCut(Survivors.none()).exists(made));
    }

    @Test
    void operationsSyncsAndOpensAreCounted() throws IOException {
        long operations = disk.operations();
        long syncs = disk.syncs();
        store(FILE, 1);
        disk.read(FILE).close();
        assertEquals(4, disk.operations() - operations);
        assertEquals(2, disk.syncs() - syncs);
        assertEquals(2, disk.opens(FILE::equals));
        assertEquals(0, disk.opens(HOME::equals));
    }

    private void store(Path path, int value) throws IOException {
        try (DiskFile file = disk.create(path)) {
            fill(file, value, 100);
            file.sync();
        }
        disk.syncDirectory(HOME);
    }

    private static void fill(DiskFile file, int value, int count) throws IOException {
        file.write(ByteBuffer.wrap(filled(value, count)), 0);
    }

    private static byte[] filled(int value, int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static byte[] content(Disk disk) throws IOException {
        return new DurableFiles(disk).readAll(FILE);
    }
}
