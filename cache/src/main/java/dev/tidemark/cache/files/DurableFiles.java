// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Files that are there whole, or not at all: what returns is on disk, name included.
 *
 * <p>A <em>state file</em> is a small file of Tidemark's own. It is text: a first line
 * {@code tidemark <kind> <version> <crc32c>} and a body; the checksum covers kind, version and body. A reader gets the body only when kind, version
 * and checksum are right (I18):
 *
 * <pre>
 * tidemark identity 1 5a0c31f7
 * {"incarnation":"k3v…","created":"2026-01-01T00:00:00Z"}
 * </pre>
 *
 * <p>It is replaced by writing {@code name.new} beside it, so a torn write leaves the old one; a {@code .new} that is
 * found at start is rubbish and is written over.
 */
public final class DurableFiles {
    private static final String BESIDE = ".new";
    private static final String MAGIC = "tidemark";

    private final Disk disk;

    public DurableFiles(Disk disk) {
        this.disk = disk;
    }

    /** For a file with a sync discipline of its own, such as a log. */
    public Disk disk() {
        return disk;
    }

    public void createDirectories(Path directory) throws IOException {
        disk.createDirectories(directory);
    }

    public boolean exists(Path file) throws IOException {
        return disk.exists(file);
    }

    public List<Path> list(Path directory) throws IOException {
        return disk.list(directory);
    }

    public byte[] readAll(Path file) throws IOException {
        try (DiskFile open = disk.read(file)) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(open.size()));
            open.read(bytes, 0);
            return Arrays.copyOf(bytes.array(), bytes.position());
        }
    }

    /** Puts {@code content} under this name, whatever had it before: a reader sees the old content or the new. */
    public void replace(Path file, byte[] content) throws IOException {
        Path beside = writeBeside(file, content);
        disk.rename(beside, file);
        // durable: I1 files.replace.directory
        disk.syncDirectory(directoryOf(file));
    }

    /**
     * Puts {@code content} under a name that nobody has.
     *
     * @throws FileAlreadyExistsException when somebody has it; theirs is untouched
     */
    public void createOnly(Path file, byte[] content) throws IOException {
        Path beside = writeBeside(file, content);
        try {
            disk.link(beside, file);
        } finally {
            disk.delete(beside);
        }
        // durable: I1 files.create.directory
        disk.syncDirectory(directoryOf(file));
    }

    public void delete(Path file) throws IOException {
        disk.delete(file);
        disk.syncDirectory(directoryOf(file));
    }

    /** Replaces a state file. */
    public void writeState(Path file, String kind, int version, byte[] body) throws IOException {
        byte[] header = (MAGIC + " " + kind + " " + version + " " + checksum(kind, Integer.toString(version), body)
                        + "\n")
                .getBytes(StandardCharsets.UTF_8);
        byte[] whole = Arrays.copyOf(header, header.length + body.length);
        System.arraycopy(body, 0, whole, header.length, body.length);
        replace(file, whole);
    }

    /**
     * Reads the body of a state file.
     *
     * @param newest the newest version that the caller knows
     * @throws java.nio.file.NoSuchFileException without one
     * @throws StateException when it is not what was written, or newer than {@code newest}
     */
    public byte[] readState(Path file, String kind, int newest) throws IOException {
        return stateBody(file, readAll(file), kind, newest);
    }

    /** The body of a state file whose whole content was read already; see {@link #readState}. */
    public static byte[] stateBody(Path file, byte[] whole, String kind, int newest) throws StateException {
        int end = 0;
        while (end < whole.length && whole[end] != '\n') {
            end++;
        }
        String[] header = new String(whole, 0, end, StandardCharsets.UTF_8).split(" ", -1);
        if (end == whole.length || header.length != 4 || !header[0].equals(MAGIC) || !header[1].equals(kind)) {
            throw new StateException(file, "it does not begin as a " + kind + " file does");
        }
        byte[] body = Arrays.copyOfRange(whole, end + 1, whole.length);
        if (!header[3].equals(checksum(kind, header[2], body))) {
            throw new StateException(file, "its checksum is wrong");
        }
        int version = Integer.parseInt(header[2]);
        if (version > newest) {
            throw new StateException(
                    file, "it has version " + version + ", this program reads up to " + newest + ": use a newer one");
        }
        return body;
    }

    private Path writeBeside(Path file, byte[] content) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + BESIDE);
        if (disk.exists(beside)) {
            disk.delete(beside);
        }
        try (DiskFile open = disk.create(beside)) {
            open.write(ByteBuffer.wrap(content), 0);
            // durable: I1 files.content.sync
            open.sync();
        }
        return beside;
    }

    private static Path directoryOf(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("a file lies in a directory: " + file);
        }
        return parent;
    }

    private static String checksum(String kind, String version, byte[] body) {
        CRC32C crc = new CRC32C();
        crc.update((kind + " " + version + "\n").getBytes(StandardCharsets.UTF_8));
        crc.update(body);
        return Long.toHexString(crc.getValue());
    }
}
