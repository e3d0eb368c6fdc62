// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.LocalDisk;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The real disk, whose syncs can be held back or made to fail, and whose room can be used up. */
final class GatedDisk implements Disk {
    private final LocalDisk disk = new LocalDisk();
    private volatile CountDownLatch reached = new CountDownLatch(0);
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile boolean broken;
    private volatile boolean full;

    /** From now on syncs wait; the latch says that one does. */
    CountDownLatch hold() {
        gate = new CountDownLatch(1);
        reached = new CountDownLatch(1);
        return reached;
    }

    void letGo() {
        gate.countDown();
    }

    void breakSyncs() {
        broken = true;
    }

    void fill() {
        full = true;
    }

    @Override
    public DiskFile create(Path file) throws IOException {
        return new Gated(disk.create(file));
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return new Gated(disk.open(file));
    }

    @Override
    public DiskFile read(Path file) throws IOException {
        return disk.read(file);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void link(Path existing, Path second) throws IOException {
        disk.link(existing, second);
    }

    @Override
    public void delete(Path file) throws IOException {
        disk.delete(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        disk.syncDirectory(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        disk.createDirectories(directory);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return disk.list(directory);
    }

    @Override
    public boolean exists(Path file) {
        return disk.exists(file);
    }

    @Override
    public Instant modified(Path file) throws IOException {
        return disk.modified(file);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return full ? 0 : disk.usableBytes(directory);
    }

    @Override
    public long totalBytes(Path directory) throws IOException {
        return disk.totalBytes(directory);
    }

    private final class Gated implements DiskFile {
        private final DiskFile file;

        Gated(DiskFile file) {
            this.file = file;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return file.read(target, position);
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            file.write(source, position);
        }

        @Override
        public void sync() throws IOException {
            reached.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted at the gate");
            }
            if (broken) {
                throw new IOException("the disk is broken");
            }
            file.sync();
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            file.truncate(size);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
