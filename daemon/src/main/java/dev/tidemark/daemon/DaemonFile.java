// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a daemon can be reached, as {@code daemon.json} in its data directory says; only its owner may read it.
 *
 * <p>It is there from ready to a clean stop. After a kill it stays behind, so a reader takes it as a place to ask, not
 * as proof that anybody answers.
 *
 * @param http host and port; null when it does not listen over TCP
 * @param socket the path of its unix socket
 * @param tls whether it speaks TLS over TCP; the file says so only when it does
 */
public record DaemonFile(
        long pid,
        @Nullable String http,
        String socket,
        String version,
        String incarnation,
        String started,
        boolean tls) {
    private static final String NAME = "daemon.json";
    private static final JsonMapper JSON = new JsonMapper();

    /** What the data directory says, or empty when no daemon was left there. */
    public static Optional<DaemonFile> read(Path data) throws IOException {
        try {
            return Optional.of(JSON.readValue(Files.readAllBytes(data.resolve(NAME)), DaemonFile.class));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
    }

    /** An address the way it is written in a URL. */
    static String hostAndPort(InetSocketAddress address) {
        InetAddress host = address.getAddress();
        return (host instanceof Inet6Address six ? "[" + shortest(six) + "]" : host.getHostAddress()) + ":"
                + address.getPort();
    }

    /** The two that people write down, as they write them. */
    private static String shortest(Inet6Address host) {
        return host.isLoopbackAddress() ? "::1" : host.isAnyLocalAddress() ? "::" : host.getHostAddress();
    }

    void write(Path data, DurableFiles files) throws IOException {
        Path file = data.resolve(NAME);
        ObjectNode text = JSON.valueToTree(this);
        if (!tls) {
            text.remove("tls");
        }
        files.replace(file, JSON.writeValueAsBytes(text));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    static void delete(Path data, DurableFiles files) throws IOException {
        Path file = data.resolve(NAME);
        if (files.exists(file)) {
            files.delete(file);
        }
    }
}
