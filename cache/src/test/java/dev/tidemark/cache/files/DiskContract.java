// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Disk} does while nothing fails, so that the simulated one may stand for the real one. */
abstract class DiskContract {
    private Disk disk;
    private Path home;

    abstract Disk disk();

    /** A directory that does not exist yet. */
    abstract Path home();

    @BeforeEach
    final void createHome() throws IOException {
        disk = disk();
        home = home();
        disk.createDirectories(home);
    }

    @Test
    void bytesAreReadWhereTheyWereWritten() throws IOException {
        byte[] expected = new byte[20_000];
        Random random = new Random(1);
        try (DiskFile file = disk.create(home.resolve("a"))) {
            for (int i = 0; i < 200; i++) {
                byte[] part = new byte[1 + random.nextInt(3000)];
                random.nextBytes(part);
                int at = random.nextInt(expected.length - part.length);
                System.arraycopy(part, 0, expected, at, part.length);
                file.write(ByteBuffer.wrap(part), at);
                if (random.nextInt(5) == 0) {
                    file.sync();
                }
            }
            file.write(ByteBuffer.wrap(expected, 19_000, 1000), 19_000);
        }
        assertArrayEquals(expected, readAll(home.resolve("a")));
    }

    @Test
    void aGapReadsAsZeros() throws IOException {
        try (DiskFile file = disk.create(home.resolve("a"))) {
            file.write(bytes("x"), 10_000);
            ByteBuffer gap = ByteBuffer.allocate(10_000);
            assertEquals(10_000, file.read(gap, 0));
            assertArrayEquals(new byte[10_000], gap.array());
        }
    }

    @Test
    void aReadEndsWithTheFile() throws IOException {
        try (DiskFile file = disk.create(home.resolve("a"))) {
            file.write(bytes("abc"), 0);
            assertEquals(1, file.read(ByteBuffer.allocate(10), 2));
            assertEquals(0, file.read(ByteBuffer.allocate(10), 3));
            assertEquals(0, file.read(ByteBuffer.allocate(10), 99));
            assertEquals(3, file.size());
        }
    }

    @Test
    void aWriteTakesOnlyWhatIsLeftOfTheSource() throws IOException {
        ByteBuffer source = bytes("abcdef").position(2).limit(4);
        try (DiskFile file = disk.create(home.resolve("a"))) {
            file.write(source, 0);
        }
        assertFalse(source.hasRemaining());
        assertEquals("cd", text(home.resolve("a")));
    }

    @Test
    void truncatedBytesDoNotComeBack() throws IOException {
        try (DiskFile file = disk.create(home.resolve("a"))) {
            file.write(bytes("abcdef"), 0);
            file.truncate(2);
            file.truncate(100);
            assertEquals(2, file.size());
            file.write(bytes("z"), 4);
        }
        assertEquals("ab\0\0z", text(home.resolve("a")));
    }

    @Test
    void aTakenNameIsNotCreated() throws IOException {
        put("a", "old");
        assertThrows(FileAlreadyExistsException.class, () -> disk.create(home.resolve("a")));
        assertThrows(FileAlreadyExistsException.class, () -> disk.createDirectories(home.resolve("a")));
        disk.createDirectories(home.resolve("d"));
        assertThrows(FileAlreadyExistsException.class, () -> disk.create(home.resolve("d")));
        assertEquals("old", text(home.resolve("a")));
    }

    @Test
    void aMissingNameIsSaidToBeMissing() {
        Path absent = home.resolve("absent");
        assertThrows(NoSuchFileException.class, () -> disk.open(absent));
        assertThrows(NoSuchFileException.class, () -> disk.read(absent));
        assertThrows(NoSuchFileException.class, () -> disk.delete(absent));
        assertThrows(NoSuchFileException.class, () -> disk.rename(absent, home.resolve("b")));
        assertThrows(NoSuchFileException.class, () -> disk.link(absent, home.resolve("b")));
        assertThrows(NoSuchFileException.class, () -> disk.syncDirectory(absent));
        assertThrows(NoSuchFileException.class, () -> disk.create(absent.resolve("below")));
        assertThrows(NoSuchFileException.class, () -> disk.usableBytes(absent));
    }

    @Test
    void aDirectoryIsNotOpenedForWriting() {
        assertThrows(IOException.class, () -> disk.open(home));
    }

    @Test
    void aRenameReplacesAndTheOldFileStaysOpen() throws IOException {
        put("a", "new");
        put("b", "old");
        try (DiskFile replaced = disk.read(home.resolve("b"))) {
            disk.rename(home.resolve("a"), home.resolve("b"));
            ByteBuffer old = ByteBuffer.allocate(3);
            replaced.read(old, 0);
            assertEquals("old", new String(old.array(), StandardCharsets.UTF_8));
        }
        assertEquals("new", text(home.resolve("b")));
        assertFalse(disk.exists(home.resolve("a")));
    }

    @Test
    void aDirectoryIsRenamedWithWhatIsInIt() throws IOException {
        disk.createDirectories(home.resolve("d"));
        put("d/a", "x");
        disk.rename(home.resolve("d"), home.resolve("e"));
        assertEquals("x", text(home.resolve("e/a")));
        assertFalse(disk.exists(home.resolve("d")));
    }

    @Test
    void aLinkIsTheSameFile() throws IOException {
        put("a", "x");
        disk.link(home.resolve("a"), home.resolve("b"));
        try (DiskFile file = disk.open(home.resolve("b"))) {
            file.write(bytes("y"), 0);
        }
        disk.delete(home.resolve("b"));
        assertEquals("y", text(home.resolve("a")));
    }

    @Test
    void aLinkDoesNotTakeATakenName() throws IOException {
        put("a", "x");
        put("b", "y");
        assertThrows(FileAlreadyExistsException.class, () -> disk.link(home.resolve("a"), home.resolve("b")));
        assertEquals("y", text(home.resolve("b")));
    }

    @Test
    void aDeletedFileLivesUntilItIsClosed() throws IOException {
        put("a", "x");
        try (DiskFile file = disk.open(home.resolve("a"))) {
            disk.delete(home.resolve("a"));
            assertEquals(1, file.size());
        }
        assertFalse(disk.exists(home.resolve("a")));
    }

    @Test
    void aDirectoryWithNamesIsNotDeleted() throws IOException {
        disk.createDirectories(home.resolve("d"));
        put("d/a", "x");
        assertThrows(DirectoryNotEmptyException.class, () -> disk.delete(home.resolve("d")));
        disk.delete(home.resolve("d/a"));
        disk.delete(home.resolve("d"));
        assertFalse(disk.exists(home.resolve("d")));
    }

    @Test
    void namesAreListedInOrderAndNoDirectoryHasNone() throws IOException {
        put("b", "");
        put("a", "");
        put("B", "");
        assertEquals(List.of(home.resolve("B"), home.resolve("a"), home.resolve("b")), disk.list(home));
        assertEquals(List.of(), disk.list(home.resolve("absent")));
        assertEquals(List.of(), disk.list(home.resolve("a")));
    }

    @Test
    void directoriesMayBeThereAlready() throws IOException {
        disk.createDirectories(home.resolve("d/e/f"));
        disk.createDirectories(home.resolve("d/e/f"));
        disk.createDirectories(home.resolve("d/g"));
        assertEquals(List.of(home.resolve("d/e"), home.resolve("d/g")), disk.list(home.resolve("d")));
        disk.syncDirectory(home.resolve("d"));
    }

    @Test
    void aFileOpenedForReadingIsNotWritten() throws IOException {
        put("a", "x");
        try (DiskFile file = disk.read(home.resolve("a"))) {
            assertThrows(NonWritableChannelException.class, () -> file.write(bytes("y"), 0));
            assertThrows(NonWritableChannelException.class, () -> file.truncate(0));
        }
    }

    @Test
    void aClosedFileAnswersNothing() throws IOException {
        DiskFile file = disk.create(home.resolve("a"));
        file.close();
        file.close();
        assertThrows(ClosedChannelException.class, file::size);
        assertThrows(ClosedChannelException.class, file::sync);
        assertThrows(ClosedChannelException.class, () -> file.write(bytes("y"), 0));
    }

    @Test
    void anInterruptionLeavesASteadyFileOpen() throws IOException {
        Path name = home.resolve("steady");
        assertThrows(NoSuchFileException.class, () -> disk.openSteady(name));
        put("steady", "before");
        try (DiskFile file = disk.openSteady(name)) {
            Thread.currentThread().interrupt();
            file.write(ByteBuffer.wrap("behind".getBytes(StandardCharsets.UTF_8)), 3);
            file.sync();
            ByteBuffer read = ByteBuffer.allocate(20);
            assertEquals(9, file.read(read, 0));
            assertEquals("befbehind", new String(read.array(), 0, 9, StandardCharsets.UTF_8));
            file.truncate(3);
            assertEquals(3, file.size());
            assertTrue(Thread.interrupted());
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void thereIsRoom() throws IOException {
        assertTrue(disk.usableBytes(home) > 0);
    }

    private void put(String name, String content) throws IOException {
        try (DiskFile file = disk.create(home.resolve(name))) {
            file.write(bytes(content), 0);
        }
    }

    private String text(Path file) throws IOException {
        return new String(readAll(file), StandardCharsets.UTF_8);
    }

    private byte[] readAll(Path file) throws IOException {
        return new DurableFiles(disk).readAll(file);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
