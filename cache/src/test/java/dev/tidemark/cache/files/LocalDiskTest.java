// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalDiskTest extends DiskContract {
    @TempDir
    private Path directory;

    @Override
    Disk disk() {
        return new LocalDisk();
    }

    @Override
    Path home() {
        return directory.resolve("home");
    }

    @Test
    void strangersMayNotReadWhatItMakes() throws IOException {
        new LocalDisk().create(home().resolve("a")).close();
        assertEquals("rwxr-x---", mode(home()));
        assertEquals("rw-r-----", mode(home().resolve("a")));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
