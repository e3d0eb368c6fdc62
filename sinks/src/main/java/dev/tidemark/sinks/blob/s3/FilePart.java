// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import software.amazon.awssdk.core.sync.RequestBody;

/** Some bytes of a local file as the body of a request, read as often as the signature and the wire ask for them. */
record FilePart(Disk disk, Path file, long from, long length) {
    RequestBody body() {
        return RequestBody.fromContentProvider(this::open, length, "application/octet-stream");
    }

    private InputStream open() {
        try {
            return new Bytes(disk.read(file), from, from + length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Bytes extends InputStream {
        private final DiskFile file;
        private final long end;
        private long at;

        Bytes(DiskFile file, long from, long end) {
            this.file = file;
            this.at = from;
            this.end = end;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            if (at == end) {
                return -1;
            }
            int wanted = (int) Math.min(count, end - at);
            int read = file.read(ByteBuffer.wrap(bytes, offset, wanted), at);
            if (read <= 0) {
                throw new IOException("the file ends at " + at + ", and had " + end + " bytes");
            }
            at += read;
            return read;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
