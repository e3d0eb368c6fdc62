// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.config.AccessToken;
import dev.tidemark.daemon.config.ListenSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where requests are taken: over TCP, at a unix socket, or both.
 *
 * @param tcp port 0 is a free one; null: not over TCP
 * @param socket a name that nobody has; null: no unix socket
 * @param tokens who is let in over TCP; none: whoever is on this host
 * @param connectionsMax at each of the two
 */
public record Listening(
        @Nullable InetSocketAddress tcp,
        @Nullable Path socket,
        List<AccessToken> tokens,
        int connectionsMax) {
    public Listening {
        tokens = List.copyOf(tokens);
        if (tcp == null && socket == null) {
            throw new IllegalArgumentException("nobody could ask for anything");
        }
    }

    /** As it is configured, with the socket where it was claimed. */
    public static Listening of(ListenSettings settings, Path socket) {
        return new Listening(settings.http(), socket, settings.tokens(), settings.maxConnections());
    }
}
