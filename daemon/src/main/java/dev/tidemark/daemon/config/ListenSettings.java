// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.PemFiles;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where requests are answered, and whose.
 *
 * @param http port 0 is a free one; null: only at the socket
 * @param socket where the unix socket lies; null: where the host has a place for it
 * @param tokens who is let in over TCP; none: whoever is on this host
 * @param tls over TCP; null: none
 * @param maxConnections over TCP and at the socket, each
 */
public record ListenSettings(
        @Nullable InetSocketAddress http,
        @Nullable Path socket,
        List<AccessToken> tokens,
        @Nullable TlsFiles tls,
        int maxConnections) {
    public static final ListenSettings DEFAULT =
            new ListenSettings(new InetSocketAddress(Readings.LOOPBACK, 4850), null, List.of(), null, 10_000);

    public ListenSettings {
        tokens = List.copyOf(tokens);
    }

    /**
     * Certificates as PEM files.
     *
     * @param clientAuthorities whose certificates clients must show; null: they need none
     */
    public record TlsFiles(
            Path certificate, Path key, @Nullable Path clientAuthorities) {
        /** As they are read. */
        public PemFiles pem() {
            return new PemFiles(clientAuthorities, certificate, key);
        }
    }

    /** What keeps a daemon that is set so from listening. */
    public Optional<String> fault() {
        if (http == null || http.getAddress().isLoopbackAddress() || (tls != null && !tokens.isEmpty())) {
            return Optional.empty();
        }
        return Optional.of(http.getAddress().getHostAddress()
                + " is not a loopback address: it needs listen.tls: {cert: …, key: …} and listen.tokens");
    }

    ListenSettings at(@Nullable InetSocketAddress other) {
        return new ListenSettings(other, socket, tokens, tls, maxConnections);
    }

    ListenSettings withSocket(Path other) {
        return new ListenSettings(http, other, tokens, tls, maxConnections);
    }
}
