// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FailureTextTest {
    @TempDir
    Path directory;

    @Test
    void aPathComesWithWhatIsWrongAboutIt() {
        Path absent = directory.resolve("absent/sub");
        IOException none = assertThrows(IOException.class, () -> Files.createDirectory(absent));
        assertEquals(absent + ": it is not there, or cannot be made there", FailureText.of(none));

        IOException present = assertThrows(IOException.class, () -> Files.createDirectory(directory));
        assertEquals(directory + ": something else is there already", FailureText.of(present));

        assertEquals("/srv/data: permission denied", FailureText.of(new AccessDeniedException("/srv/data")));
        assertEquals(
                "/srv/data: No space left on device",
                FailureText.of(new FileSystemException("/srv/data", null, "No space left on device")));
    }

    @Test
    void causesStandInOneLineAndNoneTwice() {
        IOException deep = new IOException("disk gone");
        assertEquals(
                "could not flush: disk gone",
                FailureText.of(new IOException("could not flush", new IOException("disk gone", deep))));
        assertEquals("IllegalStateException", FailureText.of(new IllegalStateException()));
    }
}
