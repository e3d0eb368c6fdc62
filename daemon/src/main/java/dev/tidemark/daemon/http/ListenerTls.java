// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.config.ListenSettings.TlsFiles;
import dev.tidemark.sinks.PemFiles;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listener's certificates, read again when their files change.
 *
 * <p>Connections that are open go on with those that they began with. Files that make no sense leave the ones before
 * them in use, so that half a renewal stops nothing.
 */
final class ListenerTls {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerTls.class);

    private final TlsFiles files;
    private final SSLContext context;
    private volatile Material material;
    private List<PemFiles.Stamp> seen;

    private record Material(X509ExtendedKeyManager keys, X509ExtendedTrustManager trust, Set<String> names) {}

    ListenerTls(TlsFiles files) throws IOException {
        this.files = files;
        try {
            seen = files.pem().stamps();
            material = load(files);
            context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new Keys()}, new TrustManager[] {new Trust()}, null);
        } catch (GeneralSecurityException e) {
            throw new IOException("listen.tls: cannot use " + files + ": " + e.getMessage(), e);
        }
    }

    /** For one connection that somebody opened. */
    SSLEngine engine() {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setNeedClientAuth(files.clientAuthorities() != null);
        return engine;
    }

    /** The host names that the certificate is for, in small letters; {@code *.example.org} is for all below. */
    Set<String> names() {
        return material.names();
    }

    /** Takes new files into use, if there are any. */
    synchronized void look() {
        try {
            List<PemFiles.Stamp> now = files.pem().stamps();
            if (!now.equals(seen)) {
                seen = now;
                material = load(files);
                LOG.info("new certificates in use cert={}", files.certificate());
            }
        } catch (IOException | GeneralSecurityException e) {
            LOG.warn("going on with the certificates before: listen.tls: {}", e.getMessage());
        }
    }

    private static Material load(TlsFiles files) throws IOException, GeneralSecurityException {
        PemFiles pem = files.pem();
        return new Material(pem.keys(), pem.trust(), names(PemFiles.certificates(files.certificate())));
    }

    private static Set<String> names(Collection<? extends Certificate> chain) throws CertificateException {
        if (!(chain.iterator().next() instanceof X509Certificate own)) {
            return Set.of();
        }
        Collection<List<?>> names = own.getSubjectAlternativeNames();
        return Stream.ofNullable(names)
                .flatMap(Collection::stream)
                .map(name -> name.get(1))
                .filter(String.class::isInstance)
                .map(name -> ((String) name).toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whatever the key manager of the moment says. */
    private final class Keys extends X509ExtendedKeyManager {
        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return material.keys().getClientAliases(keyType, issuers);
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return material.keys().chooseClientAlias(keyTypes, issuers, socket);
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return material.keys().getServerAliases(keyType, issuers);
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return material.keys().chooseServerAlias(keyType, issuers, socket);
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return material.keys().chooseEngineServerAlias(keyType, issuers, engine);
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String alias) {
            return material.keys().getCertificateChain(alias);
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String alias) {
            return material.keys().getPrivateKey(alias);
        }
    }

    /** Believes whom the trust manager of the moment believes. */
    private final class Trust extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            material.trust().checkClientTrusted(chain, kind);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind, Socket socket)
                throws CertificateException {
            material.trust().checkClientTrusted(chain, kind, socket);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind, SSLEngine engine)
                throws CertificateException {
            material.trust().checkClientTrusted(chain, kind, engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            throw new CertificateException("no server is asked here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind, Socket socket)
                throws CertificateException {
            throw new CertificateException("no server is asked here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("no server is asked here");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return material.trust().getAcceptedIssuers();
        }
    }
}
