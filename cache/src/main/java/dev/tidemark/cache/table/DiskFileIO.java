// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
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
import org.jspecify.annotations.Nullable;

/**
 * Iceberg's files on our disk: a file that Iceberg closes is synced, and so is its name.
 *
 * <p>Locations are absolute paths without a scheme, or {@code file:} ones that another engine wrote.
 */
final class DiskFileIO implements FileIO {
    private static final long serialVersionUID = 1L;
    private static final String SCHEME = "file:";
    private static final int BUFFER_BYTES = 1 << 16;
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
        Path named = path(location);
        for (Path former : formerly) {
            if (named.startsWith(former) && !named.startsWith(here)) {
                return here.resolve(former.relativize(named));
            }
        }
        return named;
    }

    static Path path(String location) {
        return Path.of(
                location.startsWith(SCHEME)
                        ? location.substring(SCHEME.length()).replaceFirst("^/+", "/")
                        : location);
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
            try (DiskFile file = disk.read(path(location))) {
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
                return new Input(disk.read(path(location)));
            } catch (NoSuchFileException e) {
                throw new NotFoundException(e, "no file %s", location);
            } catch (IOException e) {
                throw new UncheckedIOException("opening " + location, e);
            }
        }

        @Override
        public boolean exists() {
            try {
                return disk.exists(path(location));
            } catch (IOException e) {
                throw new UncheckedIOException("looking for " + location, e);
            }
        }
    }

    private record Out(Disk disk, String location) implements OutputFile {
        @Override
        public PositionOutputStream create() {
            try {
                return new Output(disk, path(location));
            } catch (FileAlreadyExistsException e) {
                throw new AlreadyExistsException(e, "%s exists", location);
            } catch (IOException e) {
                throw new UncheckedIOException("creating " + location, e);
            }
        }

        @Override
        public PositionOutputStream createOrOverwrite() {
            try {
                if (disk.exists(path(location))) {
                    disk.delete(path(location));
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

    private static final class Input extends SeekableInputStream {
        private final DiskFile file;
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
        private long bufferStart;

        Input(DiskFile file) {
            this.file = file;
        }

        @Override
        public long getPos() {
            return bufferStart + buffer.position();
        }

        @Override
        public void seek(long position) {
            if (position >= bufferStart && position <= bufferStart + buffer.limit()) {
                buffer.position((int) (position - bufferStart));
            } else {
                bufferStart = position;
                buffer.position(0).limit(0);
            }
        }

        @Override
        public int read() throws IOException {
            return fill() ? buffer.get() & 0xFF : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (!buffer.hasRemaining() && length >= BUFFER_BYTES) {
                long position = getPos();
                int count = file.read(ByteBuffer.wrap(target, offset, length), position);
                seek(position + count);
                return count == 0 ? -1 : count;
            }
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int count = Math.min(length, buffer.remaining());
            buffer.get(target, offset, count);
            return count;
        }

        private boolean fill() throws IOException {
            if (!buffer.hasRemaining()) {
                bufferStart += buffer.limit();
                buffer.clear();
                file.read(buffer, bufferStart);
                buffer.flip();
            }
            return buffer.hasRemaining();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    private static final class Output extends PositionOutputStream {
        private final Disk disk;
        private final Path path;
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        private @Nullable DiskFile file;
        private long written;

        Output(Disk disk, Path path) throws IOException {
            this.disk = disk;
            this.path = path;
            this.file = disk.create(path);
        }

        @Override
        public long getPos() {
            return written + buffer.position();
        }

        @Override
        public void write(int value) throws IOException {
            if (!buffer.hasRemaining()) {
                drain(open());
            }
            buffer.put((byte) value);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            if (length > buffer.remaining()) {
                drain(open());
            }
            if (length > buffer.remaining()) {
                open().write(ByteBuffer.wrap(source, offset, length), written);
                written += length;
            } else {
                buffer.put(source, offset, length);
            }
        }

        private void drain(DiskFile open) throws IOException {
            buffer.flip();
            int count = buffer.remaining();
            open.write(buffer, written);
            written += count;
            buffer.clear();
        }

        private DiskFile open() throws IOException {
            if (file == null) {
                throw new IOException(path + " is closed");
            }
            return file;
        }

        @Override
        public void close() throws IOException {
            if (file == null) {
                return;
            }
            try (DiskFile closing = file) {
                file = null;
                drain(closing);
                // durable: I5 table.file.sync
                closing.sync();
            }
            Path directory = path.getParent();
            if (directory != null) {
                // durable: I5 table.file.directory
                disk.syncDirectory(directory);
            }
        }
    }
}
