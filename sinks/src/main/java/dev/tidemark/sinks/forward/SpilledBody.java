// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The encoded rows of a unit, read from their temporary file as often as they are asked for. */
final class SpilledBody {
    private static final int CHUNK_BYTES = 64 << 10;

    private final Disk disk;
    private final Path file;
    private final long length;

    SpilledBody(Disk disk, Path file) throws IOException {
        this.disk = disk;
        this.file = file;
        try (DiskFile open = disk.read(file)) {
            this.length = open.size();
        }
    }

    long length() {
        return length;
    }

    /** The value of a Content-Digest header (RFC 9530): of the bytes that travel, compressed as they are. */
    String contentDigest() throws IOException {
        MessageDigest sha256;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        read((chunk, count) -> sha256.update(chunk, 0, count));
        return "sha-256=:" + Base64.getEncoder().encodeToString(sha256.digest()) + ":";
    }

    void writeTo(OutputStream out) throws IOException {
        read((chunk, count) -> out.write(chunk, 0, count));
    }

    private void read(Consumer consumer) throws IOException {
        try (DiskFile open = disk.read(file)) {
            byte[] chunk = new byte[CHUNK_BYTES];
            int count;
            for (long at = 0; at < length; at += count) {
                count = open.read(ByteBuffer.wrap(chunk), at);
                if (count <= 0) {
                    throw new IOException(file + " ends at " + at + ", and had " + length + " bytes");
                }
                consumer.take(chunk, count);
            }
        }
    }

    @FunctionalInterface
    private interface Consumer {
        void take(byte[] chunk, int count) throws IOException;
    }
}
