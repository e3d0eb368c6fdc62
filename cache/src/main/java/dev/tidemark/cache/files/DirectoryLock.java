// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One process owns a data directory (I3): an OS lock on its {@code lock} file, which names the holder.
 *
 * <p>The lock ends with the process, however it ends. While this process holds it, the file is not opened again: closing
 * any channel on it would let the lock go, unnoticed.
 */
public final class DirectoryLock implements AutoCloseable {
    private static final int HOLDER_BYTES_MAX = 256;
    private static final FileAttribute<?> MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

    /** The locks of this process by directory, with their holders: static, because so is what the OS knows of them. */
    private static final Map<Path, String> HELD = new ConcurrentHashMap<>();

    private final Path directory;
    private final FileChannel channel;
    private final FileLock lock;

    private DirectoryLock(Path directory, FileChannel channel, FileLock lock) {
        this.directory = directory;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Takes the lock at once or not at all.
     *
     * @param holder what a process that is refused will be told
     * @throws HeldException when another process, or this one, holds it
     */
    public static DirectoryLock take(Path directory, String holder) throws IOException {
        Path real = directory.toRealPath();
        String heldHere = HELD.putIfAbsent(real, holder);
        if (heldHere != null) {
            throw new HeldException(directory, heldHere);
        }
        try {
            return takeFromOthers(real, holder);
        } catch (IOException | RuntimeException e) {
            HELD.remove(real);
            throw e;
        }
    }

    /**
     * Takes the lock for reading, at once or not at all: whoever reads shares it with others who do, and nobody owns the
     * directory meanwhile.
     *
     * @throws HeldException when a process owns the directory, or this one has the lock already
     */
    public static DirectoryLock share(Path directory) throws IOException {
        Path real = directory.toRealPath();
        String heldHere = HELD.putIfAbsent(real, "this process");
        if (heldHere != null) {
            throw new HeldException(directory, heldHere);
        }
        try {
            return shareWithOthers(real);
        } catch (IOException | RuntimeException e) {
            HELD.remove(real);
            throw e;
        }
    }

    private static DirectoryLock shareWithOthers(Path directory) throws IOException {
        FileChannel channel = FileChannel.open(directory.resolve("lock"), StandardOpenOption.READ);
        try {
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true);
            if (lock == null) {
                throw new HeldException(directory, readHolder(channel));
            }
            return new DirectoryLock(directory, channel, lock);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static DirectoryLock takeFromOthers(Path directory, String holder) throws IOException {
        FileChannel channel = FileChannel.open(
                directory.resolve("lock"),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                MODE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                FileLock shared = channel.tryLock(0, Long.MAX_VALUE, true);
                String reader = "a process that only reads it, such as tidemark verify";
                throw new HeldException(directory, shared == null ? readHolder(channel) : reader);
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
            return new DirectoryLock(directory, channel, lock);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static String readHolder(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(HOLDER_BYTES_MAX);
        channel.read(bytes, 0);
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            lock.release();
        } finally {
            HELD.remove(directory);
        }
    }

    /** Another process owns the directory, or this one already does. */
    public static final class HeldException extends IOException {
        private static final long serialVersionUID = 1L;

        HeldException(Path directory, String holder) {
            super(directory + " is held by " + (holder.isBlank() ? "an unknown process" : holder));
        }
    }
}
