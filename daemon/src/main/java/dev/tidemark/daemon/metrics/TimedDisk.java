// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.metrics;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A disk that tells how long its syncs take. */
public final class TimedDisk implements Disk {
    private final Disk disk;
    private final Metrics metrics;

    public TimedDisk(Disk disk, Metrics metrics) {
        this.disk = disk;
        this.metrics = metrics;
    }

    @Override
    public DiskFile create(Path file) throws IOException {
        return new TimedFile(disk.create(file));
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return new TimedFile(disk.open(file));
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
        long begun = System.nanoTime();
        disk.syncDirectory(directory);
        metrics.synced(Duration.ofNanos(System.nanoTime() - begun));
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

    private final class TimedFile implements DiskFile {
        private final DiskFile file;

        TimedFile(DiskFile file) {
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
            long begun = System.nanoTime();
            file.sync();
            metrics.synced(Duration.ofNanos(System.nanoTime() - begun));
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
