// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Files of tables in a local directory: synced with their names before anybody hears of them. */
record DiskShelf(DurableFiles files) implements Shelf {
    private static final String SCHEME = "file:";
    private static final String UNFINISHED = "tmp-";

    static Path path(String location) {
        return Path.of(
                location.startsWith(SCHEME)
                        ? location.substring(SCHEME.length()).replaceFirst("^/+", "/")
                        : location);
    }

    private Disk disk() {
        return files.disk();
    }

    private static Path folder(Path file) {
        Path folder = file.getParent();
        if (folder == null) {
            throw new IllegalArgumentException("a file of a table lies in a directory: " + file);
        }
        return folder;
    }

    @Override
    public OutputStream create(String location) throws IOException {
        Path file = path(location);
        files.createDirectories(folder(file));
        return new Stream(disk(), file, disk().create(file));
    }

    @Override
    public boolean createOnly(String location, byte[] content) throws IOException {
        Path file = path(location);
        Path unfinished = file.resolveSibling(UNFINISHED + UUID.randomUUID() + ".metadata.json");
        files.createDirectories(folder(file));
        write(unfinished, content);
        try {
            disk().link(unfinished, file);
        } catch (FileAlreadyExistsException taken) {
            disk().delete(unfinished);
            return false;
        }
        disk().delete(unfinished);
        // durable: I10 lake.commit.directory
        disk().syncDirectory(folder(file));
        return true;
    }

    private void write(Path file, byte[] content) throws IOException {
        try (DiskFile open = disk().create(file)) {
            open.write(ByteBuffer.wrap(content), 0);
            // durable: I10 lake.metadata.sync
            open.sync();
        }
    }

    @Override
    public void replace(String location, byte[] content) throws IOException {
        Path file = path(location);
        Path beside = file.resolveSibling(UNFINISHED + UUID.randomUUID());
        try (DiskFile open = disk().create(beside)) {
            open.write(ByteBuffer.wrap(content), 0);
        }
        disk().rename(beside, file);
    }

    @Override
    public Opened open(String location) throws IOException {
        DiskFile file = disk().read(path(location));
        return new Opened() {
            @Override
            public int read(ByteBuffer target, long position) throws IOException {
                return file.read(target, position);
            }

            @Override
            public long size() throws IOException {
                return file.size();
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }

    @Override
    public boolean exists(String location) throws IOException {
        return disk().exists(path(location));
    }

    @Override
    public List<Found> list(String folder) throws IOException {
        List<Found> found = new ArrayList<>();
        list(path(folder), found);
        return found;
    }

    private void list(Path folder, List<Found> found) throws IOException {
        for (Path each : disk().list(folder)) {
            if (Files.isDirectory(each)) {
                list(each, found);
            } else {
                try {
                    found.add(new Found(each.toString(), disk().modified(each)));
                } catch (NoSuchFileException gone) {
                    // Somebody else's work on the table goes on meanwhile.
                }
            }
        }
    }

    @Override
    public List<String> folders(String folder) throws IOException {
        return disk().list(path(folder)).stream()
                .map(each -> String.valueOf(each.getFileName()))
                .toList();
    }

    @Override
    public void delete(String location) throws IOException {
        try {
            disk().delete(path(location));
        } catch (NoSuchFileException gone) {
            // It is what was wanted.
        }
    }

    /** That a name can be read does not prove that it is on disk. */
    @Override
    public boolean isDurableWhenSeen() {
        return false;
    }

    private static final class Stream extends OutputStream {
        private static final int BUFFER_BYTES = 64 << 10;

        private final Disk disk;
        private final Path path;
        private final DiskFile file;
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        private long end;
        private boolean closed;

        Stream(Disk disk, Path path, DiskFile file) {
            this.disk = disk;
            this.path = path;
            this.file = file;
        }

        @Override
        public void write(int b) throws IOException {
            if (!buffer.hasRemaining()) {
                drain();
            }
            buffer.put((byte) b);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            if (count > buffer.remaining()) {
                drain();
            }
            if (count > buffer.capacity()) {
                file.write(ByteBuffer.wrap(bytes, from, count), end);
                end += count;
            } else {
                buffer.put(bytes, from, count);
            }
        }

        private void drain() throws IOException {
            buffer.flip();
            int count = buffer.remaining();
            file.write(buffer, end);
            end += count;
            buffer.clear();
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            try (file) {
                drain();
                // durable: I10 lake.file.sync
                file.sync();
            }
            // durable: I10 lake.file.directory
            disk.syncDirectory(folder(path));
        }
    }
}
