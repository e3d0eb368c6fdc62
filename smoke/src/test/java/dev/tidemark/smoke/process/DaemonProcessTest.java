// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drives shell scripts that stand in for the daemon. */
class DaemonProcessTest {
    private static final String READY =
            "echo 'info: ready http=127.0.0.1:4711 socket=/a b/c incarnation=abc head=0' >&2\n";

    @TempDir
    private Path root;

    private Site site = new Site(Path.of("unset"));

    @BeforeEach
    void aSite() throws IOException {
        site = Site.create(root.resolve("edge"));
    }

    @Test
    void itIsReadyWhenItSaysSo() throws IOException {
        try (DaemonProcess daemon = launch("echo starting >&2\n" + READY + "exec tail -f /dev/null\n")) {
            assertEquals(new DaemonProcess.ReadyLine("127.0.0.1:4711", Path.of("/a b/c"), "abc"), daemon.line());
            assertEquals("starting", daemon.lastLines().getFirst());
        }
    }

    @Test
    void oneThatEndsBeforeItIsReadyIsReportedWithItsLastWordsAndItsExit() throws IOException {
        try (DaemonProcess daemon = launch("echo no such key >&2; exit 78\n")) {
            BrokenPromise broken = assertThrows(BrokenPromise.class, daemon::awaitReady);
            assertTrue(broken.toString().contains("exit 78"), broken::toString);
            assertTrue(broken.toString().contains("no such key"), broken::toString);
        }
    }

    @Test
    void aKillTakesItsChildrenAlong() throws IOException {
        DaemonProcess daemon = launch("tail -f /dev/null &\necho child $! >&2\n" + READY + "wait\n")
                .awaitReady();
        long child = Long.parseLong(daemon.lastLines().getFirst().substring("child ".length()));
        daemon.kill();
        // A killed child that nobody has reaped yet is still listed, so its end is awaited.
        ProcessHandle.of(child).ifPresent(handle -> handle.onExit().join());
        assertTrue(ProcessHandle.of(child).isEmpty()
                || !ProcessHandle.of(child).get().isAlive());
    }

    @Test
    void aStopIsContentWithAnExitOfZero() throws IOException {
        launch("trap 'kill $!; exit 0' TERM\n" + "tail -f /dev/null &\n" + READY + "wait\n")
                .awaitReady()
                .stop();
    }

    @Test
    void aStopIsNotContentWithAnotherExit() throws IOException {
        DaemonProcess bad = launch(READY + "exec tail -f /dev/null\n").awaitReady();
        BrokenPromise broken = assertThrows(BrokenPromise.class, bad::stop);
        assertTrue(broken.toString().contains("exited 143"), broken::toString);
    }

    @Test
    void aCommandThatDoesNotEndIsEnded() throws IOException {
        Distribution distribution = distribution("exec tail -f /dev/null\n");
        BrokenPromise broken = assertThrows(
                BrokenPromise.class, () -> distribution.command(root, Duration.ofMillis(200), List.of("status")));
        assertTrue(broken.toString().contains("did not end"), broken::toString);
    }

    private DaemonProcess launch(String script) throws IOException {
        return DaemonProcess.launch(distribution(script), site);
    }

    private Distribution distribution(String script) throws IOException {
        Distribution distribution = new Distribution(root.resolve("home"));
        Files.createDirectories(distribution.binary().getParent());
        Files.writeString(distribution.binary(), "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(distribution.binary(), PosixFilePermissions.fromString("rwxr-xr-x"));
        return distribution;
    }
}
