// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Passes every call on to another disk; who wants to watch or to stop some of them says so for those alone. */
public abstract class PassingDisk implements Disk {
    private final Disk disk;

    protected PassingDisk(Disk disk) {
        this.disk = disk;
    }

    /** What is given out in place of a file that was created, or opened for writing. */
    protected abstract DiskFile written(DiskFile file);

    /** What is given out in place of a file that was opened for reading. */
    protected DiskFile opened(DiskFile file) {
        return file;
    }

    @Override
    public DiskFile create(Path file) throws IOException {
        return written(disk.create(file));
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return written(disk.open(file));
    }

    @Override
    public DiskFile openSteady(Path file) throws IOException {
        return written(disk.openSteady(file));
    }

    @Override
    public DiskFile read(Path file) throws IOException {
        return opened(disk.read(file));
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
    public int names(Path file) throws IOException {
        return disk.names(file);
    }

    @Override
    public Instant modified(Path file) throws IOException {
        return disk.modified(file);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return disk.usableBytes(directory);
    }

    @Override
    public long totalBytes(Path directory) throws IOException {
        return disk.totalBytes(directory);
    }

    /** The same of one file. */
    public abstract static class PassingFile implements DiskFile {
        private final DiskFile file;

        protected PassingFile(DiskFile file) {
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
