// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * A file system, one promise a method.
 *
 * <p>What was written to a file survives a power cut only after {@link DiskFile#sync}; a name that was created, linked,
 * renamed or deleted survives only after {@link #syncDirectory} of its directory. Any call may fail with an
 * {@code IOException} and have happened or not.
 */
public interface Disk {
    /** Creates a file. Fails with {@link java.nio.file.FileAlreadyExistsException} when the name is taken. */
    DiskFile create(Path file) throws IOException;

    /** Opens a file for reading and writing. Fails with {@link java.nio.file.NoSuchFileException} without one. */
    DiskFile open(Path file) throws IOException;

    /** Does the same; the file stays open when a thread that writes or syncs it is interrupted. */
    default DiskFile openSteady(Path file) throws IOException {
        return open(file);
    }

    /** Opens a file for reading. Fails with {@link java.nio.file.NoSuchFileException} without one. */
    DiskFile read(Path file) throws IOException;

    /** Gives {@code from} the name {@code to}, whatever had it before. */
    void rename(Path from, Path to) throws IOException;

    /** Gives a file a second name. Fails with {@link java.nio.file.FileAlreadyExistsException} when it is taken. */
    void link(Path existing, Path second) throws IOException;

    /** Removes a name. Fails with {@link java.nio.file.NoSuchFileException} without one. */
    void delete(Path file) throws IOException;

    /** Makes the names in a directory as durable as they are now. */
    void syncDirectory(Path directory) throws IOException;

    /** Creates a directory with its missing parents, each durable in its own parent. */
    void createDirectories(Path directory) throws IOException;

    /** The names in a directory, sorted; empty when there is no such directory. */
    List<Path> list(Path directory) throws IOException;

    boolean exists(Path file) throws IOException;

    /** How many names a file has; more than one also where nobody can tell. */
    int names(Path file) throws IOException;

    /** When a file was last written to. Fails with {@link java.nio.file.NoSuchFileException} without one. */
    Instant modified(Path file) throws IOException;

    /** Bytes that may still be written. */
    long usableBytes(Path directory) throws IOException;

    /** Bytes that the file system has in all. */
    long totalBytes(Path directory) throws IOException;

    /** Whether a call failed because the disk is full, which may pass, rather than because it is broken. */
    static boolean isFull(IOException failure) {
        String message = failure.getMessage();
        return message != null
                && (message.contains("No space left on device") || message.contains("Disk quota exceeded"));
    }
}
