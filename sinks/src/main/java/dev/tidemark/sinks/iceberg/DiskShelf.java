// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DiskOutput;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.ReadableFile;
import dev.tidemark.cache.iceberg.LocalPath;
import dev.tidemark.sinks.Pace;
import java.io.FilterOutputStream;
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
record DiskShelf(DurableFiles files, Pace pace) implements Shelf {
    private static final String UNFINISHED = "tmp-";

    DiskShelf(DurableFiles files) {
        this(files, Pace.unlimited());
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
        Path file = LocalPath.of(location);
        files.createDirectories(folder(file));
        return pace.over(new Stream(disk(), file, new DiskOutput(disk().create(file))));
    }

    @Override
    public boolean createOnly(String location, byte[] content) throws IOException {
        Path file = LocalPath.of(location);
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
        Path file = LocalPath.of(location);
        Path beside = file.resolveSibling(UNFINISHED + UUID.randomUUID());
        try (DiskFile open = disk().create(beside)) {
            open.write(ByteBuffer.wrap(content), 0);
        }
        disk().rename(beside, file);
    }

    @Override
    public ReadableFile open(String location) throws IOException {
        return disk().read(LocalPath.of(location));
    }

    @Override
    public boolean exists(String location) throws IOException {
        return disk().exists(LocalPath.of(location));
    }

    @Override
    public List<Found> list(String folder) throws IOException {
        List<Found> found = new ArrayList<>();
        list(LocalPath.of(folder), found);
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
        return disk().list(LocalPath.of(folder)).stream()
                .map(each -> String.valueOf(each.getFileName()))
                .toList();
    }

    @Override
    public void delete(String location) throws IOException {
        try {
            disk().delete(LocalPath.of(location));
        } catch (NoSuchFileException gone) {
            // It is what was wanted.
        }
    }

    /** That a name can be read does not prove that it is on disk. */
    @Override
    public boolean isDurableWhenSeen() {
        return false;
    }

    @Override
    public void cancel() {
        pace.stop();
    }

    /** A file that is on disk, and its name too, when it was closed. */
    private static final class Stream extends FilterOutputStream {
        private final Disk disk;
        private final Path path;
        private final DiskOutput file;
        private boolean closed;

        Stream(Disk disk, Path path, DiskOutput file) {
            super(file);
            this.disk = disk;
            this.path = path;
            this.file = file;
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            file.write(bytes, from, count);
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            try (file) {
                // durable: I10 lake.file.sync
                file.sync();
            }
            // durable: I10 lake.file.directory
            disk.syncDirectory(folder(path));
        }
    }
}
