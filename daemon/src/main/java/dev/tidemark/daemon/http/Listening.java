// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where requests are taken: over TCP, at a unix socket, or both.
 *
 * @param tcp port 0 is a free one; null: not over TCP
 * @param socket a name that nobody has; null: no unix socket
 */
public record Listening(
        @Nullable InetSocketAddress tcp, @Nullable Path socket) {
    public Listening {
        if (tcp == null && socket == null) {
            throw new IllegalArgumentException("nobody could ask for anything");
        }
    }
}
