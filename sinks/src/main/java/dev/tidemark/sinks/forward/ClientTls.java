// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.sinks.ForwardDestination.Tls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
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
    private static final Pattern PRIVATE_KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "Ed25519", "RSASSA-PSS");
    private static final char[] NO_PASSWORD = new char[0];

    private final Tls files;
    private @Nullable List<Stamp> seen;
    private boolean loaded;

    ClientTls(Tls files) {
        this.files = files;
    }

    /** What connections are made with. */
    record Material(SSLSocketFactory sockets, X509TrustManager trust) {}

    private record Stamp(FileTime modified, long bytes) {}

    /** New material, when there are files and they are others than at the last call. */
    synchronized Optional<Material> changed() throws IOException {
        if (files.isOfTheHost()) {
            return Optional.empty();
        }
        try {
            List<Stamp> now = stamps();
            if (now.equals(seen)) {
                return Optional.empty();
            }
            Material material = load();
            seen = now;
            loaded = true;
            return Optional.of(material);
        } catch (IOException | GeneralSecurityException e) {
            String why = "tls: cannot use " + files + ": " + e.getMessage();
            if (!loaded) {
                throw new IOException(why, e);
            }
            LOG.warn("going on with the certificates before: {}", why);
            return Optional.empty();
        }
    }

    private List<Stamp> stamps() throws IOException {
        List<Stamp> stamps = new ArrayList<>();
        for (Path file : Stream.of(files.authorities(), files.certificate(), files.key())
                .filter(Objects::nonNull)
                .toList()) {
            stamps.add(new Stamp(Files.getLastModifiedTime(file), Files.size(file)));
        }
        return stamps;
    }

    private Material load() throws IOException, GeneralSecurityException {
        Path authorities = files.authorities();
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(authorities == null ? null : trusting(certificates(authorities)));
        X509TrustManager manager = Stream.of(trust.getTrustManagers())
                .filter(X509TrustManager.class::isInstance)
                .map(X509TrustManager.class::cast)
                .findFirst()
                .orElseThrow();
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own(files.certificate(), files.key()), NO_PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), new TrustManager[] {manager}, null);
        return new Material(context.getSocketFactory(), manager);
    }

    private static KeyStore trusting(Collection<? extends Certificate> certificates)
            throws IOException, GeneralSecurityException {
        KeyStore store = empty();
        int number = 0;
        for (Certificate certificate : certificates) {
            store.setCertificateEntry("authority-" + number++, certificate);
        }
        return store;
    }

    private static KeyStore own(@Nullable Path certificate, @Nullable Path key)
            throws IOException, GeneralSecurityException {
        KeyStore store = empty();
        if (certificate != null && key != null) {
            Certificate[] chain = certificates(certificate).toArray(Certificate[]::new);
            store.setKeyEntry("own", privateKey(key), NO_PASSWORD, chain);
        }
        return store;
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file)
            throws IOException, GeneralSecurityException {
        Collection<? extends Certificate> certificates = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
        if (certificates.isEmpty()) {
            throw new IOException(file + " has no certificate");
        }
        return certificates;
    }

    private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
        Matcher pem = PRIVATE_KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
        if (!pem.find()) {
            throw new IOException(file + " has no PKCS#8 key: make one with `openssl pkcs8 -topk8 -nocrypt`");
        }
        PKCS8EncodedKeySpec encoded =
                new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1)));
        GeneralSecurityException failure = new GeneralSecurityException(file + " has a key of an unknown kind");
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            } catch (GeneralSecurityException e) {
                failure.addSuppressed(e);
            }
        }
        throw failure;
    }
}
