// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Certificates and a key in PEM files, which somebody may replace at any time.
 *
 * @param authorities who is believed; null: whom the host believes
 * @param certificate the own one, followed by those above it; null: none
 * @param key of the certificate, PKCS#8
 */
public record PemFiles(
        @Nullable Path authorities,
        @Nullable Path certificate,
        @Nullable Path key) {
    private static final Pattern PRIVATE_KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "Ed25519", "RSASSA-PSS");
    private static final char[] NO_PASSWORD = new char[0];

    /** What tells one state of a file from another. */
    public record Stamp(FileTime modified, long bytes) {}

    /** How the files look from outside. */
    public List<Stamp> stamps() throws IOException {
        List<Stamp> stamps = new ArrayList<>();
        for (Path file : Stream.of(authorities, certificate, key)
                .filter(Objects::nonNull)
                .toList()) {
            stamps.add(new Stamp(Files.getLastModifiedTime(file), Files.size(file)));
        }
        return stamps;
    }

    /** Believes whom the files say. */
    public X509ExtendedTrustManager trust() throws IOException, GeneralSecurityException {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(authorities == null ? null : trusting(certificates(authorities)));
        return Stream.of(trust.getTrustManagers())
                .filter(X509ExtendedTrustManager.class::isInstance)
                .map(X509ExtendedTrustManager.class::cast)
                .findFirst()
                .orElseThrow();
    }

    /** Shows the own certificate, if there is one. */
    public X509ExtendedKeyManager keys() throws IOException, GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own(certificate, key), NO_PASSWORD);
        return Stream.of(keys.getKeyManagers())
                .filter(X509ExtendedKeyManager.class::isInstance)
                .map(X509ExtendedKeyManager.class::cast)
                .findFirst()
                .orElseThrow();
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
            PrivateKey own = privateKey(key);
            if (!own.getAlgorithm().equals(chain[0].getPublicKey().getAlgorithm())) {
                throw new IOException(key + " is not the key of " + certificate);
            }
            store.setKeyEntry("own", own, NO_PASSWORD, chain);
        }
        return store;
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** The certificates of a file, at least one. */
    public static Collection<? extends Certificate> certificates(Path file)
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
