// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.files.DirectoryLock;
import dev.tidemark.cache.files.StateException;
import dev.tidemark.daemon.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExitCodeTest {
    private static final Path FILE = Path.of("spool", "1.seg");

    @TempDir
    Path directory;

    @Test
    void everyKindOfFailureHasItsCode() {
        assertEquals(65, ExitCode.of(new CorruptDataException(FILE, 7, "torn")));
        assertEquals(65, ExitCode.of(new StateException(FILE, "torn")));
        assertEquals(70, ExitCode.of(new IllegalStateException("we are wrong")));
        assertEquals(74, ExitCode.of(new IOException("disk gone")));
        assertEquals(74, ExitCode.of(new UncheckedIOException(new IOException("disk gone"))));
        assertEquals(75, ExitCode.of(new BindException("Address already in use")));
        assertEquals(77, ExitCode.of(new AccessDeniedException("/var/lib/tidemark")));
        assertEquals(78, ExitCode.of(new ConfigException("no such directory")));
    }

    @Test
    void theCauseSaysMoreThanWhatWrapsIt() {
        assertEquals(74, ExitCode.of(new IllegalStateException("stopping", new IOException("disk gone"))));
        assertEquals(65, ExitCode.of(new IOException("could not open", new CorruptDataException(FILE, 7, "torn"))));
    }

    @Test
    @Tag("I3")
    @SuppressWarnings("try") // The second lock is refused.
    void aDirectoryThatAnotherHoldsIsTryAgain() throws IOException {
        try (DirectoryLock held = DirectoryLock.take(directory, "pid=1")) {
            Throwable refused = assertThrows(IOException.class, () -> DirectoryLock.take(directory, "pid=2"));

            assertEquals(75, ExitCode.of(refused));
            assertTrue(String.valueOf(refused.getMessage()).contains("pid=1"), refused::toString);
        }
    }
}
