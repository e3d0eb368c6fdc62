// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.daemon.Certificates;
import dev.tidemark.sinks.PemFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Talks to a listener that takes what it gets and says what it was told to. */
@Timeout(60)
final class HttpConnectionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private DaemonAddress peer;
    private ServerSocketChannel listener;

    @BeforeEach
    void listen() throws IOException {
        peer = DaemonAddress.ofSocket(directory.resolve("s"));
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(peer.address());
    }

    @AfterEach
    void stop() throws IOException {
        listener.close();
    }

    @Test
    void aRequestSaysWhatItIsAndHowLong() throws Exception {
        CompletableFuture<String> asked = answering("HTTP/1.1 200 OK|Content-Length: 2||ok", "{}\n");
        try (HttpConnection connection = HttpConnection.open(peer)) {
            Reply reply = connection.ask("POST", "/v1/x?a=b", Map.of("Content-Type", "a/b"), bytes("{}\n"), PATIENCE);

            assertEquals("ok", reply.body());
        }
        assertEquals(
                "POST /v1/x?a=b HTTP/1.1|Host: localhost|Connection: close|Content-Type: a/b|Content-Length: 3||{}\n",
                asked.get().replace("\r\n", "|"));
    }

    @Test
    void whoeverGivesNoAnswerIsWaitedForSoLong() throws IOException {
        try (HttpConnection connection = HttpConnection.open(peer)) {
            assertThrows(
                    SocketTimeoutException.class,
                    () -> connection.ask("GET", "/", Map.of(), bytes(""), Duration.ofMillis(50)));
        }
    }

    @Test
    void whoeverReadsNothingIsWaitedForSoLong() throws IOException {
        try (HttpConnection connection = HttpConnection.open(peer)) {
            assertThrows(
                    SocketTimeoutException.class,
                    () -> connection.ask("POST", "/", Map.of(), new byte[8 << 20], Duration.ofMillis(50)));
        }
    }

    @Test
    void aRefusalIsHeardThoughTheBodyWasNotWanted() throws Exception {
        CompletableFuture<String> asked = answering("HTTP/1.1 413 No|Content-Length: 0||", "\r\n\r\n");
        try (HttpConnection connection = HttpConnection.open(peer)) {
            assertEquals(
                    413,
                    connection
                            .ask("POST", "/", Map.of(), new byte[8 << 20], PATIENCE)
                            .status());
        }
        assertTrue(asked.get().startsWith("POST / "));
    }

    @Test
    void whereNobodyListensNothingIsAsked() throws IOException {
        listener.close();

        assertThrows(SocketException.class, () -> HttpConnection.open(peer).close());
        assertThrows(
                SocketException.class,
                () -> HttpConnection.open(DaemonAddress.ofSocket(directory.resolve("absent")))
                        .close());
    }

    @Test
    void overTlsOnlyWhoIsBelievedIsAsked(@TempDir Path authority) throws Exception {
        Certificates certificates = new Certificates(authority);
        certificates.sign("here", "dns:localhost");
        PemFiles own = new PemFiles(null, certificates.certificate("here"), certificates.key("here"));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {own.keys()}, null, null);
        try (ServerSocket secured =
                context.getServerSocketFactory().createServerSocket(0, 2, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Boolean> served = CompletableFuture.supplyAsync(() -> serve(secured));
            DaemonAddress behind = DaemonAddress.ofUrl("https://localhost:" + secured.getLocalPort());

            assertThrows(
                    SSLException.class,
                    () -> HttpConnection.open(behind, new PeerTrust(new PemFiles(null, null, null)))
                            .close());
            PeerTrust trust = new PeerTrust(new PemFiles(certificates.authority(), null, null));
            try (HttpConnection connection = HttpConnection.open(behind, trust)) {
                assertEquals(
                        "ok",
                        connection
                                .ask("GET", "/", Map.of(), bytes(""), PATIENCE)
                                .body());
            }
            assertTrue(served.get());
        }
    }

    /** Answers one request; who does not believe it goes before. */
    private static boolean serve(ServerSocket listener) {
        while (true) {
            try (Socket peer = listener.accept()) {
                if (peer.getInputStream().read() > 0) {
                    peer.getOutputStream()
                            .write(bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));
                    return true;
                }
            } catch (IOException unbelieved) {
                if (listener.isClosed()) {
                    throw new UncheckedIOException(unbelieved);
                }
            }
        }
    }

    @Test
    void aUrlNamesAnAddressAndWhatStandsBeforeEveryPath() {
        DaemonAddress behind = DaemonAddress.ofUrl("http://[::1]:4850/edge/");

        assertEquals(new InetSocketAddress(InetAddress.ofLiteral("::1"), 4850), behind.address());
        assertEquals("/edge", behind.path());
        assertEquals("[::1]:4850", behind.host());
        assertEquals(
                "http://localhost/edge",
                DaemonAddress.ofUrl("http://localhost/edge").toString());
        assertEquals(
                "https://localhost/edge",
                DaemonAddress.ofUrl("https://localhost/edge").toString());
        assertThrows(IllegalArgumentException.class, () -> DaemonAddress.ofUrl("localhost:4850"));
    }

    /** Reads one request up to these words, answers, and closes; gives what was read. */
    private CompletableFuture<String> answering(String answer, String lastWords) {
        CompletableFuture<String> asked = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try (SocketChannel channel = listener.accept()) {
                StringBuilder read = new StringBuilder();
                while (read.indexOf(lastWords) < 0) {
                    read.append((char) Channels.newInputStream(channel).read());
                }
                Channels.newOutputStream(channel).write(bytes(answer.replace("|", "\r\n")));
                asked.complete(read.toString());
            } catch (IOException e) {
                asked.completeExceptionally(e);
            }
        });
        return asked;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
