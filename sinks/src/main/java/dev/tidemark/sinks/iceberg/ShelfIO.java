// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.files.ReadableFile;
import dev.tidemark.cache.iceberg.SeekableFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;

/** Iceberg's files on a shelf. */
final class ShelfIO implements FileIO {
    private static final long serialVersionUID = 1L;

    private final transient Shelf shelf;

    ShelfIO(Shelf shelf) {
        this.shelf = shelf;
    }

    @Override
    public InputFile newInputFile(String location) {
        return new In(shelf, location);
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return new Out(shelf, location);
    }

    @Override
    public void deleteFile(String location) {
        try {
            shelf.delete(location);
        } catch (IOException e) {
            throw new UncheckedIOException("deleting " + location, e);
        }
    }

    private static RuntimeException failed(String doing, String location, IOException e) {
        return e instanceof NoSuchFileException
                ? new NotFoundException(e, "no file %s", location)
                : new UncheckedIOException(doing + " " + location, e);
    }

    private record In(Shelf shelf, String location) implements InputFile {
        @Override
        public long getLength() {
            try (ReadableFile file = shelf.open(location)) {
                return file.size();
            } catch (IOException e) {
                throw failed("reading", location, e);
            }
        }

        @Override
        public SeekableInputStream newStream() {
            try {
                return new SeekableFile(shelf.open(location));
            } catch (IOException e) {
                throw failed("opening", location, e);
            }
        }

        @Override
        public boolean exists() {
            try {
                return shelf.exists(location);
            } catch (IOException e) {
                throw failed("looking for", location, e);
            }
        }
    }

    private record Out(Shelf shelf, String location) implements OutputFile {
        @Override
        public PositionOutputStream create() {
            try {
                return new Output(shelf.create(location));
            } catch (IOException e) {
                throw failed("creating", location, e);
            }
        }

        @Override
        public PositionOutputStream createOrOverwrite() {
            try {
                shelf.delete(location);
            } catch (IOException e) {
                throw failed("writing over", location, e);
            }
            return create();
        }

        @Override
        public InputFile toInputFile() {
            return new In(shelf, location);
        }
    }

    private static final class Output extends PositionOutputStream {
        private final OutputStream out;
        private long written;

        Output(OutputStream out) {
            this.out = out;
        }

        @Override
        public long getPos() {
            return written;
        }

        @Override
        public void write(int value) throws IOException {
            out.write(value);
            written++;
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            out.write(source, offset, length);
            written += length;
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
