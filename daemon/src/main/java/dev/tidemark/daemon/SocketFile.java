// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.cache.files.DirectoryLock;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The name of the unix socket in the file system, from before anybody listens there until nobody does any more.
 *
 * <p>A name that a killed daemon left behind is removed; one that somebody answers at is not. The kernel gives no path of
 * more than 107 bytes to a socket, so a longer one lies in a temporary directory instead, and {@code daemon.json} says
 * where.
 */
final class SocketFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SocketFile.class);
    private static final String NAME = "tidemark.sock";
    private static final int PATH_BYTES_MAX = 100;

    private final Path path;

    /** Removed with the socket; null when others may need it. */
    private final @Nullable Path temporary;

    /** Held where daemons of other data directories may want the same name. */
    private final @Nullable DirectoryLock lock;

    private SocketFile(Path path, @Nullable Path temporary, @Nullable DirectoryLock lock) {
        this.path = path;
        this.temporary = temporary;
        this.lock = lock;
    }

    /**
     * Finds a name that is free, for a process that holds the data directory.
     *
     * @param asked the only place when somebody asked for one, unless it is too long for a socket
     * @throws BindException when somebody answers at the place that was asked for
     */
    static SocketFile claim(@Nullable Path asked, SocketPlaces places, Path data, DurableFiles files)
            throws IOException {
        if (asked != null) {
            return at(asked, null, files);
        }
        for (Path directory : places.directories()) {
            try {
                return inShared(directory, files);
            } catch (IOException e) {
                LOG.warn("the unix socket lies in the data directory: {}", FailureText.of(e));
            }
        }
        return at(data.resolve(NAME), null, files);
    }

    private static SocketFile inShared(Path directory, DurableFiles files) throws IOException {
        files.createDirectories(directory);
        DirectoryLock lock = DirectoryLock.take(
                directory, "tidemark pid=" + ProcessHandle.current().pid());
        try {
            return at(directory.resolve(NAME), lock, files);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static SocketFile at(Path path, @Nullable DirectoryLock lock, DurableFiles files) throws IOException {
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > PATH_BYTES_MAX) {
            Path temporary = Files.createTempDirectory("tidemark-");
            LOG.info("socket path too long path={} instead={}", path, temporary);
            return new SocketFile(temporary.resolve(NAME), temporary, lock);
        }
        Path directory = path.getParent();
        if (directory != null) {
            files.createDirectories(directory);
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            removeStale(path);
        }
        return new SocketFile(path, null, lock);
    }

    private static void removeStale(Path path) throws IOException {
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new FileAlreadyExistsException(path.toString(), null, "it is no socket, and stays");
        }
        try (SocketChannel answered = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw new BindException("another process answers at " + answered.getRemoteAddress());
        } catch (ConnectException nobody) {
            Files.delete(path);
        }
    }

    Path path() {
        return path;
    }

    /** Lets the group in, once somebody listens; by default only the owner may connect. */
    void share() throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    }

    @Override
    public void close() throws IOException {
        try {
            Files.deleteIfExists(path);
            if (temporary != null) {
                Files.deleteIfExists(temporary);
            }
        } finally {
            if (lock != null) {
                lock.close();
            }
        }
    }
}
