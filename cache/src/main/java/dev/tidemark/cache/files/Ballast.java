// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that says nothing and takes room, to be given up when others filled the disk and a step must be taken that
 * makes room again.
 *
 * <p>It is never synced: it only has to be there, and one that a crash cut short is made anew. Safe for use by several
 * threads.
 */
public final class Ballast {
    private static final Logger log = LoggerFactory.getLogger(Ballast.class);
    private static final int PIECE_BYTES = 1 << 20;

    private final Disk disk;
    private final Path file;
    private final long bytes;

    /** A ballast of no bytes is none. */
    public Ballast(Disk disk, Path file, long bytes) {
        this.disk = disk;
        this.file = file;
        this.bytes = bytes;
    }

    /** Gives the room back when the disk has less than the ballast has; whether it did. */
    public synchronized boolean release() throws IOException {
        if (bytes == 0 || !disk.exists(file) || disk.usableBytes(directory()) >= bytes) {
            return false;
        }
        disk.delete(file);
        log.warn("gave up the ballast, the disk is full file={} bytes={}", file, bytes);
        return true;
    }

    /** Takes the room when it is not taken and the disk has it twice. */
    public synchronized void keep() throws IOException {
        if (bytes == 0 || (disk.exists(file) && size() == bytes) || disk.usableBytes(directory()) < 2 * bytes) {
            return;
        }
        if (disk.exists(file)) {
            disk.delete(file);
        }
        try (DiskFile open = disk.create(file)) {
            ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, bytes));
            for (long at = 0; at < bytes; at += zeros.capacity()) {
                open.write(zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at)), at);
            }
        } catch (IOException e) {
            if (!Disk.isFull(e)) {
                throw e;
            }
            disk.delete(file); // Others were quicker; it is tried again.
        }
    }

    private long size() throws IOException {
        try (DiskFile open = disk.read(file)) {
            return open.size();
        }
    }

    private Path directory() {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("a file lies in a directory: " + file);
        }
        return parent;
    }
}
