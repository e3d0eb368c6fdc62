// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.daemon.Certificates;
import dev.tidemark.daemon.config.ListenSettings.TlsFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over TCP with certificates. */
class TlsTest {
    @TempDir
    private static Path authority;

    private static Certificates certificates;

    @TempDir
    private Path directory;

    @BeforeAll
    static void sign() throws Exception {
        certificates = new Certificates(authority);
        certificates.sign("first", "dns:localhost,dns:*.edge.example,ip:127.0.0.1");
        certificates.sign("second", "dns:localhost");
    }

    @BeforeEach
    void install() throws IOException {
        install("first");
    }

    private void install(String name) throws IOException {
        Files.copy(certificates.certificate(name), directory.resolve("cert"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(certificates.key(name), directory.resolve("key"), StandardCopyOption.REPLACE_EXISTING);
    }

    private HttpServer serve(@Nullable Path clientAuthorities) throws IOException {
        HttpServer server = new HttpServer(
                new Listening(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        null,
                        Set.of(),
                        List.of(),
                        new TlsFiles(directory.resolve("cert"), directory.resolve("key"), clientAuthorities),
                        10),
                List.of(new Healthz()));
        server.start();
        return server;
    }

    /** An answer, and whose certificate the server showed. */
    private record Talk(String answer, Certificate shown) {}

    private static Talk ask(HttpServer server, SSLContext client, String host) throws IOException {
        InetSocketAddress address = server.address().orElseThrow();
        try (SSLSocket socket =
                (SSLSocket) client.getSocketFactory().createSocket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout((int) Serving.PATIENCE.toMillis());
            socket.startHandshake();
            String request = "GET /healthz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Talk(answer, socket.getSession().getPeerCertificates()[0]);
        }
    }

    @Test
    void theCertificateSaysWhoIsTalkedTo() throws Exception {
        try (HttpServer server = serve(null)) {
            Talk talk = ask(server, certificates.client(), "localhost");
            assertTrue(talk.answer().startsWith("HTTP/1.1 200"), talk.answer());
            assertEquals(certificates.own("first"), talk.shown());
            assertThrows(SSLException.class, () -> ask(server, SSLContext.getDefault(), "localhost"));
        }
    }

    @Test
    void itsNamesAreThoseOfTheHost() throws Exception {
        try (HttpServer server = serve(null)) {
            for (String host : List.of("a.edge.example", "B.EDGE.example:4850", "127.0.0.1:1")) {
                assertTrue(ask(server, certificates.client(), host).answer().startsWith("HTTP/1.1 200"), host);
            }
            for (String host : List.of("edge.example", "a.b.edge.example", "evil.example", "*.edge.example.evil")) {
                assertTrue(ask(server, certificates.client(), host).answer().contains("bad-host"), host);
            }
        }
    }

    @Test
    void aNewCertificateIsTakenIntoUseAndHalfOneIsNot() throws Exception {
        try (HttpServer server = serve(null)) {
            install("second");
            server.look();
            assertEquals(
                    certificates.own("second"),
                    ask(server, certificates.client(), "localhost").shown());

            Files.writeString(directory.resolve("cert"), "-----BEGIN CERT");
            server.look();
            assertEquals(
                    certificates.own("second"),
                    ask(server, certificates.client(), "localhost").shown());

            install("first");
            server.look();
            assertEquals(
                    certificates.own("first"),
                    ask(server, certificates.client(), "localhost").shown());
        }
    }

    @Test
    void whoMustShowACertificateAndHasNoneIsTurnedAway() throws Exception {
        try (HttpServer server = serve(certificates.authority())) {
            assertThrows(IOException.class, () -> ask(server, certificates.client(), "localhost"));
            String answer = ask(server, certificates.clientWithCertificate(), "localhost")
                    .answer();
            assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
        }
    }
}
