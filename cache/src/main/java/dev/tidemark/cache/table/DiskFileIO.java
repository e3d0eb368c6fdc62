// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DiskOutput;
import dev.tidemark.cache.iceberg.LocalPath;
import dev.tidemark.cache.iceberg.SeekableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;

/**
 * Iceberg's files on our disk: a file that Iceberg closes is synced, and so is its name.
 *
 * <p>Locations are absolute paths without a scheme, or {@code file:} ones that another engine wrote.
 */
final class DiskFileIO implements FileIO {
    private static final long serialVersionUID = 1L;
    private static final long UNKNOWN = -1;

    private final transient Disk disk;
    private final transient Path here;
    private final transient Set<Path> formerly = new CopyOnWriteArraySet<>();

    /** Files that are where their names say. */
    DiskFileIO(Disk disk) {
        this(disk, Path.of("/"));
    }

    /** The files of a table that lies here. */
    DiskFileIO(Disk disk, Path here) {
        this.disk = disk;
        this.here = here;
    }

    /** What is named as if the table lay there is to be found here from now on: its directory was moved, or copied. */
    void movedFrom(Path former) {
        if (!former.equals(here)) {
            formerly.add(former);
        }
    }

    /** Where the file with this name in the metadata is. */
    Path resolve(String location) {
        Path named = LocalPath.of(location);
        for (Path former : formerly) {
            if (named.startsWith(former) && !named.startsWith(here)) {
                return here.resolve(former.relativize(named));
            }
        }
        return named;
    }

    @Override
    public InputFile newInputFile(String location) {
        return new In(disk, resolve(location).toString(), UNKNOWN);
    }

    /** A file whose length the table knows, so that it is not opened to be asked. */
    @Override
    public InputFile newInputFile(String location, long length) {
        return new In(disk, resolve(location).toString(), length);
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return new Out(disk, resolve(location).toString());
    }

    @Override
    public void deleteFile(String location) {
        try {
            disk.delete(resolve(location));
        } catch (NoSuchFileException gone) {
            throw new NotFoundException(gone, "no file %s", location);
        } catch (IOException e) {
            throw new UncheckedIOException("deleting " + location, e);
        }
    }

    private record In(Disk disk, String location, long length) implements InputFile {
        @Override
        public long getLength() {
            if (length != UNKNOWN) {
                return length;
            }
            try (DiskFile file = disk.read(LocalPath.of(location))) {
                return file.size();
            } catch (NoSuchFileException e) {
                throw new NotFoundException(e, "no file %s", location);
            } catch (IOException e) {
                throw new UncheckedIOException("reading " + location, e);
            }
        }

        @Override
        public SeekableInputStream newStream() {
            try {
                return new SeekableFile(disk.read(LocalPath.of(location)));
            } catch (NoSuchFileException e) {
                throw new NotFoundException(e, "no file %s", location);
            } catch (IOException e) {
                throw new UncheckedIOException("opening " + location, e);
            }
        }

        @Override
        public boolean exists() {
            try {
                return disk.exists(LocalPath.of(location));
            } catch (IOException e) {
                throw new UncheckedIOException("looking for " + location, e);
            }
        }
    }

    private record Out(Disk disk, String location) implements OutputFile {
        @Override
        public PositionOutputStream create() {
            try {
                return new Output(disk, LocalPath.of(location));
            } catch (FileAlreadyExistsException e) {
                throw new AlreadyExistsException(e, "%s exists", location);
            } catch (IOException e) {
                throw new UncheckedIOException("creating " + location, e);
            }
        }

        @Override
        public PositionOutputStream createOrOverwrite() {
            try {
                if (disk.exists(LocalPath.of(location))) {
                    disk.delete(LocalPath.of(location));
                }
            } catch (IOException e) {
                throw new UncheckedIOException("writing over " + location, e);
            }
            return create();
        }

        @Override
        public InputFile toInputFile() {
            return new In(disk, location, UNKNOWN);
        }
    }

    private static final class Output extends PositionOutputStream {
        private final Disk disk;
        private final Path path;
        private final DiskOutput out;
        private boolean closed;

        Output(Disk disk, Path path) throws IOException {
            this.disk = disk;
            this.path = path;
            this.out = new DiskOutput(disk.create(path));
        }

        @Override
        public long getPos() {
            return out.position();
        }

        @Override
        public void write(int value) throws IOException {
            out.write(value);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            out.write(source, offset, length);
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            try (out) {
                // durable: I5 table.file.sync
                out.sync();
            }
            Path directory = path.getParent();
            if (directory != null) {
                // durable: I5 table.file.directory
                disk.syncDirectory(directory);
            }
        }
    }
}
