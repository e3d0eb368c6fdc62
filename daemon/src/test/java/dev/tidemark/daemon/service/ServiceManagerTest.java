// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceManagerTest {
    @TempDir
    Path directory;

    @Test
    void whatTheDaemonSaysArrivesAsTheManagerWantsIt() throws Throwable {
        Path path = directory.resolve("notify");
        try (NotifyListener listener = new NotifyListener(path)) {
            ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", path.toString()), 7);

            long before = System.nanoTime() / 1000;
            manager.ready("ready http=off");
            manager.reloading();
            manager.stopping();

            assertEquals("READY=1\nSTATUS=ready http=off", listener.next());
            String reloading = listener.next();
            assertTrue(reloading.startsWith("RELOADING=1\nMONOTONIC_USEC="), reloading);
            long at = Long.parseLong(reloading.substring(reloading.lastIndexOf('=') + 1));
            assertTrue(at >= before && at <= System.nanoTime() / 1000, reloading);
            assertEquals("STOPPING=1\nSTATUS=stopping", listener.next());
            assertEquals("", listener.next());
        }
    }

    @Test
    void withNobodyToHearItTheDaemonGoesOn() {
        assertEquals(ServiceManager.NONE, ServiceManager.of(Map.of(), 7));
        ServiceManager.of(Map.of("NOTIFY_SOCKET", directory.resolve("absent").toString()), 7)
                .ready("");
        ServiceManager.of(Map.of("NOTIFY_SOCKET", "@" + "x".repeat(200)), 7).alive();
    }

    @Test
    void theWatchdogIsMeantForTheProcessThatItNames() {
        Map<String, String> meant = Map.of("NOTIFY_SOCKET", "@none", "WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "7");
        assertEquals(
                Optional.of(Duration.ofSeconds(30)), ServiceManager.of(meant, 7).watchdog());
        assertEquals(Optional.empty(), ServiceManager.of(meant, 8).watchdog());
        assertEquals(
                Optional.empty(),
                ServiceManager.of(Map.of("NOTIFY_SOCKET", "@none"), 7).watchdog());
    }

    @Test
    void aHangEndsTheSignsOfLife() throws Throwable {
        Path path = directory.resolve("notify");
        AtomicReference<Optional<String>> hang = new AtomicReference<>(Optional.empty());
        try (NotifyListener listener = new NotifyListener(path);
                Watchdog watchdog = new Watchdog(
                        ServiceManager.of(Map.of("NOTIFY_SOCKET", path.toString()), 7),
                        List.of(Optional::empty, hang::get))) {
            watchdog.look();
            assertEquals("WATCHDOG=1", listener.next());

            hang.set(Optional.of("the spool's writer"));
            watchdog.look();
            assertEquals("", listener.next());

            hang.set(Optional.empty());
            watchdog.look();
            assertEquals("WATCHDOG=1", listener.next());
        }
    }
}
