// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.LocalDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** The disk, counting what is opened and how many bytes go each way. */
final class CountingDisk implements Disk {
    private final Disk disk = new LocalDisk();
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicLong bytesWritten = new AtomicLong();

    /** What was counted up to now. */
    record Count(long opened, long bytesRead, long bytesWritten) {
        Count since(Count earlier) {
            return new Count(
                    opened - earlier.opened, bytesRead - earlier.bytesRead, bytesWritten - earlier.bytesWritten);
        }
    }

    Count count() {
        return new Count(opened.get(), bytesRead.get(), bytesWritten.get());
    }

    @Override
    public DiskFile create(Path file) throws IOException {
        return new CountedFile(disk.create(file));
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        opened.incrementAndGet();
        return new CountedFile(disk.open(file));
    }

    @Override
    public DiskFile read(Path file) throws IOException {
        opened.incrementAndGet();
        return new CountedFile(disk.read(file));
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
    public boolean exists(Path file) throws IOException {
        return disk.exists(file);
    }

    @Override
    public Instant modified(Path file) throws IOException {
        return disk.modified(file);
    }

    @Override
    public long totalBytes(Path directory) throws IOException {
        return disk.totalBytes(directory);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return disk.usableBytes(directory);
    }

    private final class CountedFile implements DiskFile {
        private final DiskFile file;

        CountedFile(DiskFile file) {
            this.file = file;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int read = file.read(target, position);
            bytesRead.addAndGet(Math.max(0, read));
            return read;
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            bytesWritten.addAndGet(source.remaining());
            file.write(source, position);
        }

        @Override
        public void sync() throws IOException {
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
