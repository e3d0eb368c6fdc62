// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.config.AccessToken;
import dev.tidemark.daemon.config.ListenSettings;
import dev.tidemark.daemon.config.ListenSettings.TlsFiles;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where requests are taken: over TCP, at a unix socket, or both.
 *
 * @param tcp port 0 is a free one; null: not over TCP
 * @param socket a name that nobody has; null: no unix socket
 * @param names of this host, beside those of its loopback interface
 * @param tokens who is let in over TCP from now on; none: whoever is on this host
 * @param tls over TCP; null: none
 * @param connectionsMax at each of the two
 */
public record Listening(
        @Nullable InetSocketAddress tcp,
        @Nullable Path socket,
        Set<String> names,
        Supplier<List<AccessToken>> tokens,
        @Nullable TlsFiles tls,
        int connectionsMax) {
    public Listening {
        names = Set.copyOf(names);
        if (tcp == null && socket == null) {
            throw new IllegalArgumentException("nobody could ask for anything");
        }
    }

    /** With tokens that stay as they are. */
    Listening(
            @Nullable InetSocketAddress tcp,
            @Nullable Path socket,
            Set<String> names,
            List<AccessToken> tokens,
            @Nullable TlsFiles tls,
            int connectionsMax) {
        this(tcp, socket, names, () -> tokens, tls, connectionsMax);
    }

    /** As it is configured, with the socket where it was claimed. */
    public static Listening of(ListenSettings settings, Supplier<List<AccessToken>> tokens, Path socket, String name) {
        return new Listening(settings.http(), socket, Set.of(name), tokens, settings.tls(), settings.maxConnections());
    }
}
