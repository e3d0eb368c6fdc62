// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.sinks.PemFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/**
 * Whom the command line believes to be the daemon that it was told of, and who it says that it is.
 *
 * <p>{@code TIDEMARK_CA} names the authorities, else the host's are believed; {@code TIDEMARK_CERT} and
 * {@code TIDEMARK_KEY} are shown to a daemon that wants to see a certificate.
 */
record PeerTrust(PemFiles files) {
    private static final String AUTHORITIES = "TIDEMARK_CA";
    private static final String CERTIFICATE = "TIDEMARK_CERT";
    private static final String KEY = "TIDEMARK_KEY";

    static PeerTrust ofEnvironment() {
        return new PeerTrust(new PemFiles(
                TidemarkCommand.fromEnvironment(AUTHORITIES),
                TidemarkCommand.fromEnvironment(CERTIFICATE),
                TidemarkCommand.fromEnvironment(KEY)));
    }

    /** TLS over a connection, to a peer that has shown to be who was meant. */
    SSLSocket secured(Socket connection, DaemonAddress peer) throws IOException {
        SSLContext context;
        try {
            context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {files.keys()}, new TrustManager[] {files.trust()}, null);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot use what " + AUTHORITIES + ", " + CERTIFICATE + " and " + KEY + " name", e);
        }
        InetSocketAddress address = (InetSocketAddress) peer.address();
        SSLSocket socket = (SSLSocket)
                context.getSocketFactory().createSocket(connection, address.getHostString(), address.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }
}
