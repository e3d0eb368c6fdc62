// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A file system of its own size, in memory, for one directory. Only root may make one. */
final class SmallDisk implements AutoCloseable {
    private static final int PIECE = 1 << 16;

    private final Path directory;
    private final Path filling;

    private SmallDisk(Path directory) {
        this.directory = directory;
        this.filling = directory.resolve("filling");
    }

    /** Empty where this host does not allow it. */
    static Optional<SmallDisk> mount(Path directory, String size) throws IOException {
        Files.createDirectories(directory);
        return Tool.isRoot()
                        && Tool.did(
                                "mount", "-t", "tmpfs", "-o", "size=" + size, "tidemark-smoke", directory.toString())
                ? Optional.of(new SmallDisk(directory))
                : Optional.empty();
    }

    /** Somebody else takes everything but so many bytes. */
    void fillBut(long free) throws IOException {
        try (OutputStream out = Files.newOutputStream(filling)) {
            byte[] piece = new byte[PIECE];
            while (Files.getFileStore(directory).getUsableSpace() > free + PIECE) {
                out.write(piece);
            }
        }
    }

    void free() throws IOException {
        Files.deleteIfExists(filling);
    }

    boolean remount(String how) throws IOException {
        return Tool.did("mount", "-o", "remount," + how, directory.toString());
    }

    @Override
    public void close() throws IOException {
        Tool.did("umount", "-l", directory.toString());
    }
}
