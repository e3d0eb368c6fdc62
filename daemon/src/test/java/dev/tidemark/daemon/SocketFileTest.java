// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SocketFileTest {
    private static final SocketPlaces NONE = new SocketPlaces(List.of());

    private final DurableFiles files = new DurableFiles(new LocalDisk());

    @TempDir
    Path directory;

    @Test
    void withoutAnotherPlaceItLiesInTheDataDirectory() throws IOException {
        try (SocketFile socket = claim(null, NONE)) {
            assertEquals(data().resolve("tidemark.sock"), socket.path());
        }
    }

    @Test
    void theDirectoryOfTheHostComesFirstAndOneDaemonHasIt() throws IOException {
        SocketPlaces host = new SocketPlaces(List.of(directory.resolve("run")));
        try (SocketFile first = claim(null, host);
                SocketFile second = claim(null, host)) {
            assertEquals(directory.resolve("run/tidemark.sock"), first.path());
            assertEquals(data().resolve("tidemark.sock"), second.path());
        }
        try (SocketFile afterwards = claim(null, host)) {
            assertEquals(directory.resolve("run/tidemark.sock"), afterwards.path());
        }
    }

    @Test
    void whatAKilledDaemonLeftIsRemoved() throws IOException {
        Path asked = directory.resolve("x.sock");
        try (ServerSocketChannel listener = listen(asked)) {
            assertTrue(listener.isOpen());
        }
        assertTrue(Files.exists(asked));

        try (SocketFile socket = claim(asked, NONE)) {
            assertFalse(Files.exists(socket.path()));
        }
    }

    @Test
    void aPlaceAtWhichSomebodyAnswersIsTheirs() throws IOException {
        Path asked = directory.resolve("x.sock");
        try (ServerSocketChannel listener = listen(asked)) {
            BindException taken = assertThrows(BindException.class, () -> claim(asked, NONE));

            assertEquals(75, ExitCode.of(taken), listener::toString);
            assertTrue(Files.exists(asked));
        }
    }

    @Test
    void aFileThatIsNoSocketStays() throws IOException {
        Path asked = Files.writeString(directory.resolve("notes.txt"), "mine");

        assertThrows(FileAlreadyExistsException.class, () -> claim(asked, NONE));
        assertEquals("mine", Files.readString(asked));
    }

    @Test
    void aPathThatIsTooLongForASocketLiesInATemporaryDirectoryOfItsOwn() throws IOException {
        Path asked = directory.resolve("x".repeat(100));
        Path path;
        try (SocketFile socket = claim(asked, NONE);
                ServerSocketChannel listener = listen(socket.path())) {
            path = socket.path();
            assertTrue(path.toString().length() <= 100, path::toString);
            assertEquals("rwx------", mode(path.resolveSibling(".")), listener::toString);
        }
        assertFalse(Files.exists(path.resolveSibling(".")));
    }

    @Test
    void theGroupMayConnectOnceItIsShared() throws IOException {
        try (SocketFile socket = claim(null, NONE);
                ServerSocketChannel listener = listen(socket.path())) {
            socket.share();

            assertEquals("rw-rw----", mode(socket.path()), listener::toString);
        }
        assertFalse(Files.exists(data().resolve("tidemark.sock")));
    }

    private Path data() {
        return directory.resolve("data");
    }

    private SocketFile claim(@Nullable Path asked, SocketPlaces places) throws IOException {
        return SocketFile.claim(asked, places, data(), files);
    }

    private static ServerSocketChannel listen(Path path) throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
