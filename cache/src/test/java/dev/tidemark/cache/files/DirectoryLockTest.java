// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("I3")
@Timeout(30)
final class DirectoryLockTest {
    @TempDir
    private Path directory;

    @Test
    void aSecondTakeInThisProcessIsRefused() throws IOException {
        try (DirectoryLock _ = DirectoryLock.take(directory, "the first")) {
            DirectoryLock.HeldException refused =
                    assertThrows(DirectoryLock.HeldException.class, () -> DirectoryLock.take(directory, "the second"));
            assertEquals(directory + " is held by the first", refused.getMessage());
        }
        DirectoryLock.take(directory, "the third").close();
    }

    @Test
    void aRefusedTakeDoesNotLetTheLockGo() throws Exception {
        try (DirectoryLock _ = DirectoryLock.take(directory, "the parent")) {
            assertThrows(DirectoryLock.HeldException.class, () -> DirectoryLock.take(directory, "another"));
            try (Child child = new Child()) {
                assertEquals(directory + " is held by the parent", child.answer());
            }
        }
    }

    @Test
    void anotherProcessIsNamed() throws Exception {
        try (Child child = new Child()) {
            assertEquals("taken", child.answer());
            DirectoryLock.HeldException refused =
                    assertThrows(DirectoryLock.HeldException.class, () -> DirectoryLock.take(directory, "the parent"));
            assertEquals(directory + " is held by the child", refused.getMessage());
        }
    }

    @Test
    void theLockOfAKilledProcessIsFree() throws Exception {
        try (Child child = new Child()) {
            assertEquals("taken", child.answer());
        }
        DirectoryLock.take(directory, "the parent").close();
        assertEquals("the parent", Files.readString(directory.resolve("lock")));
    }

    @Test
    void strangersMayNotReadTheHolder() throws IOException {
        DirectoryLock.take(directory, "me").close();
        assertEquals(
                "rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("lock"))));
    }

    /** A process that takes the lock, says how that went, and lives until it is closed, which is kill -9. */
    private final class Child implements AutoCloseable {
        private final Process process;
        private final BufferedReader output;

        Child() throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Taker.class.getName(),
                            directory.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            output = process.inputReader(StandardCharsets.UTF_8);
        }

        String answer() throws IOException {
            return output.readLine();
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly().onExit().join();
            output.close();
        }
    }

    /** What the child runs. */
    static final class Taker {
        private Taker() {}

        public static void main(String[] arguments) throws IOException {
            try (DirectoryLock _ = DirectoryLock.take(Path.of(arguments[0]), "the child")) {
                System.out.println("taken");
                // The parent never writes: this waits until it closes the pipe or kills.
                System.in.read();
            } catch (DirectoryLock.HeldException refused) {
                System.out.println(refused.getMessage());
            }
        }
    }
}
