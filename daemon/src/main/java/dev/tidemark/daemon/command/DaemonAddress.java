// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/**
 * One way to a daemon.
 *
 * @param host what the {@code Host} header says
 * @param secure whether TLS is spoken there
 * @param path what stands before every path of a request; empty unless something lies between
 */
record DaemonAddress(SocketAddress address, String host, boolean secure, String path) {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    static DaemonAddress ofSocket(Path socket) {
        return new DaemonAddress(UnixDomainSocketAddress.of(socket), "localhost", false, "");
    }

    /** A URL such as {@code http://127.0.0.1:4850}. */
    static DaemonAddress ofUrl(String url) {
        URI uri = URI.create(url);
        boolean secure = "https".equals(uri.getScheme());
        if (!(secure || "http".equals(uri.getScheme()))
                || uri.getHost() == null
                || uri.getUserInfo() != null
                || uri.getQuery() != null) {
            throw new IllegalArgumentException("\"" + url + "\" is not a URL such as http://127.0.0.1:4850");
        }
        String host = uri.getHost().replaceAll("[\\[\\]]", "");
        String path = uri.getRawPath();
        return new DaemonAddress(
                new InetSocketAddress(host, uri.getPort() < 0 ? (secure ? HTTPS_PORT : HTTP_PORT) : uri.getPort()),
                uri.getRawAuthority(),
                secure,
                path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
    }

    @Override
    public String toString() {
        return address instanceof InetSocketAddress
                ? (secure ? "https://" : "http://") + host + path
                : address.toString();
    }
}
