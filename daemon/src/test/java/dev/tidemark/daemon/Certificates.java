// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** An authority and the certificates that it has signed, in a directory. */
public final class Certificates {
    private static final String PASSWORD = "changeit";

    private final Path directory;
    private final Path store;

    /** Makes the authority, whose certificate is {@code ca.pem}. */
    public Certificates(Path directory) throws Exception {
        this.directory = Files.createDirectories(directory);
        this.store = directory.resolve("all.p12");
        keytool("ca", "-ext", "bc:c");
        write(directory.resolve("ca.pem"), "CERTIFICATE", own("ca").getEncoded());
    }

    /** Signs a certificate: {@code NAME.pem} and {@code NAME.key}. */
    public void sign(String name, String alternatives) throws Exception {
        keytool(name, "-signer", "ca", "-ext", "san=" + alternatives);
        write(certificate(name), "CERTIFICATE", own(name).getEncoded());
        write(
                key(name),
                "PRIVATE KEY",
                load().getKey(name, PASSWORD.toCharArray()).getEncoded());
    }

    /** The authority's certificate. */
    public Path authority() {
        return directory.resolve("ca.pem");
    }

    /** Where a certificate lies. */
    public Path certificate(String name) {
        return directory.resolve(name + ".pem");
    }

    /** Where the key of a certificate lies. */
    public Path key(String name) {
        return directory.resolve(name + ".key");
    }

    /** A certificate itself. */
    public Certificate own(String name) throws IOException, GeneralSecurityException {
        return load().getCertificate(name);
    }

    /** What a client needs that believes the authority and has no certificate. */
    public SSLContext client() throws IOException, GeneralSecurityException {
        return context(false);
    }

    /** The same with every certificate that was signed. */
    public SSLContext clientWithCertificate() throws IOException, GeneralSecurityException {
        return context(true);
    }

    private SSLContext context(boolean own) throws IOException, GeneralSecurityException {
        KeyStore authorities = KeyStore.getInstance("PKCS12");
        authorities.load(null, null);
        authorities.setCertificateEntry("ca", own("ca"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(authorities);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own ? load() : authorities, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private KeyStore load() throws IOException, GeneralSecurityException {
        return KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    }

    private static void write(Path file, String kind, byte[] encoded) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        Files.writeString(
                file,
                "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n",
                StandardCharsets.US_ASCII);
    }

    private void keytool(String alias, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD,
                "-keyalg",
                "EC",
                "-alias",
                alias,
                "-dname",
                "CN=" + alias));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(said);
        }
    }
}
