// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DaemonFileTest {
    private final DurableFiles files = new DurableFiles(new LocalDisk());

    @TempDir
    Path data;

    @Test
    void whatIsWrittenIsReadAndOnlyItsOwnerMay() throws IOException {
        DaemonFile written =
                new DaemonFile(7, "127.0.0.1:4850", "/run/a.sock", "0.1.0", "abc", "2026-01-01T00:00:00Z", false);

        written.write(data, files);

        assertEquals(Optional.of(written), DaemonFile.read(data));
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("daemon.json"))));
        assertEquals(
                "{\"pid\":7,\"http\":\"127.0.0.1:4850\",\"socket\":\"/run/a.sock\",\"version\":\"0.1.0\","
                        + "\"incarnation\":\"abc\",\"started\":\"2026-01-01T00:00:00Z\"}",
                Files.readString(data.resolve("daemon.json")));
    }

    @Test
    void thatTlsIsSpokenIsSaid() throws IOException {
        DaemonFile written =
                new DaemonFile(7, "127.0.0.1:4850", "/run/a.sock", "0.1.0", "abc", "2026-01-01T00:00:00Z", true);

        written.write(data, files);

        assertEquals(Optional.of(written), DaemonFile.read(data));
        assertTrue(Files.readString(data.resolve("daemon.json")).endsWith(",\"tls\":true}"));
    }

    @Test
    void withoutADaemonThereIsNone() throws IOException {
        assertEquals(Optional.empty(), DaemonFile.read(data));
        DaemonFile.delete(data, files);
    }

    @Test
    void anAddressIsWrittenTheWayUrlsWriteIt() {
        assertEquals(
                "127.0.0.1:80", DaemonFile.hostAndPort(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 80)));
        assertEquals("[::1]:80", DaemonFile.hostAndPort(new InetSocketAddress(InetAddress.ofLiteral("::1"), 80)));
        assertEquals("[::]:80", DaemonFile.hostAndPort(new InetSocketAddress(InetAddress.ofLiteral("::"), 80)));
        assertEquals("0.0.0.0:80", DaemonFile.hostAndPort(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 80)));
    }
}
