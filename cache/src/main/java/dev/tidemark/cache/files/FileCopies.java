// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/**
 * Puts files of one directory tree into another: by a second name where the file system gives one, else byte by byte.
 *
 * <p>A second name is for files that nobody writes to any more: what is replaced later is replaced under the first name
 * only. Nothing here is durable before {@link #sync}.
 */
public final class FileCopies {
    private static final int BUFFER_BYTES = 1 << 20;

    private final Disk disk;
    private final TreeSet<Path> directories = new TreeSet<>();

    public FileCopies(DurableFiles files) {
        this.disk = files.disk();
    }

    /**
     * Gives a file a second name, or copies it where that cannot be.
     *
     * @throws NoSuchFileException when it is not there
     */
    public void link(Path source, Path target) throws IOException {
        prepare(target);
        try {
            disk.link(source, target);
        } catch (NoSuchFileException | FileAlreadyExistsException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException otherFileSystem) {
            copy(source, target);
        }
    }

    /** Copies what a file has now. */
    public void copy(Path source, Path target) throws IOException {
        try (DiskFile from = disk.read(source)) {
            copy(from, target, Long.MAX_VALUE, 0);
        }
    }

    /** Copies a file, or a directory with everything in it; what goes meanwhile is left out. */
    public void copyAll(Path source, Path target) throws IOException {
        List<Path> within = disk.list(source);
        for (Path each : within) {
            copyAll(each, target.resolve(each.getFileName()));
        }
        if (within.isEmpty() && !Files.isDirectory(source)) {
            try {
                copy(source, target);
            } catch (NoSuchFileException gone) {
                // It was replaced by another while we looked.
            }
        }
    }

    /** Copies the beginning of a file, and makes the copy as long as the whole file with zeros. */
    public void copyBeginning(Path source, Path target, long bytes) throws IOException {
        try (DiskFile from = disk.read(source)) {
            copy(from, target, bytes, from.size());
        }
    }

    private void copy(DiskFile from, Path target, long bytes, long sizeMin) throws IOException {
        prepare(target);
        try (DiskFile to = disk.create(target)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            long at = 0;
            while (at < bytes) {
                buffer.clear().limit((int) Math.min(BUFFER_BYTES, bytes - at));
                int count = from.read(buffer, at);
                if (count == 0) {
                    break;
                }
                to.write(buffer.flip(), at);
                at += count;
            }
            ByteBuffer zeros = ByteBuffer.allocate(BUFFER_BYTES);
            while (at < sizeMin) {
                zeros.clear().limit((int) Math.min(BUFFER_BYTES, sizeMin - at));
                at += zeros.remaining();
                to.write(zeros, at - zeros.remaining());
            }
            // durable: I19 copies.copy.sync
            to.sync();
        }
    }

    /** Writes a file with this content. */
    public void write(Path target, byte[] content) throws IOException {
        prepare(target);
        try (DiskFile to = disk.create(target)) {
            to.write(ByteBuffer.wrap(content), 0);
            // durable: I19 copies.write.sync
            to.sync();
        }
    }

    private void prepare(Path target) throws IOException {
        Path directory = target.getParent();
        if (directory == null) {
            throw new IllegalArgumentException("a file lies in a directory: " + target);
        }
        if (directories.add(directory)) {
            disk.createDirectories(directory);
        }
    }

    /** Makes the names of everything that was copied durable. */
    public void sync() throws IOException {
        for (Path directory : directories) {
            // durable: I19 copies.directory
            disk.syncDirectory(directory);
        }
    }
}
