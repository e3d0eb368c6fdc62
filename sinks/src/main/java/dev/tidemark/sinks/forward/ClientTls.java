// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.sinks.ForwardDestination.Tls;
import dev.tidemark.sinks.PemFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates of one sink, read again when their files change.
 *
 * <p>Files that make no sense leave the ones before them in use, once there were any, so that half a renewal stops
 * nothing.
 */
final class ClientTls {
    private static final Logger LOG = LoggerFactory.getLogger(ClientTls.class);

    private final Tls files;
    private final PemFiles pem;
    private @Nullable List<PemFiles.Stamp> seen;
    private boolean loaded;

    ClientTls(Tls files) {
        this.files = files;
        this.pem = new PemFiles(files.authorities(), files.certificate(), files.key());
    }

    /** What connections are made with. */
    record Material(SSLSocketFactory sockets, X509TrustManager trust) {}

    /** New material, when there are files and they are others than at the last call. */
    synchronized Optional<Material> changed() throws IOException {
        if (files.isOfTheHost()) {
            return Optional.empty();
        }
        try {
            List<PemFiles.Stamp> now = pem.stamps();
            if (now.equals(seen)) {
                return Optional.empty();
            }
            Material material = load();
            seen = now;
            loaded = true;
            return Optional.of(material);
        } catch (IOException | GeneralSecurityException e) {
            String cause = e instanceof NoSuchFileException ? "there is no such file" : String.valueOf(e.getMessage());
            String why = "tls: cannot use " + files + ": " + cause;
            if (!loaded) {
                throw new IOException(why, e);
            }
            LOG.warn("going on with the certificates before: {}", why);
            return Optional.empty();
        }
    }

    private Material load() throws IOException, GeneralSecurityException {
        X509ExtendedTrustManager trust = pem.trust();
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {pem.keys()}, new TrustManager[] {trust}, null);
        return new Material(context.getSocketFactory(), trust);
    }
}
