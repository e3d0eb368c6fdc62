// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.daemon.SocketTalk;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpServerTest {
    private static final int LARGE = 4 << 20;

    private static final List<Route> ROUTES =
            List.of(new Echo(), new Healthz(), new Failing(), new RefusingUnread(), new Order());

    @TempDir
    Path directory;

    private HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeEach
    void start() throws IOException {
        server = new HttpServer(Serving.freePort(), ROUTES);
        server.start();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
    }

    @Test
    void aServerThatCannotHaveItsPortSaysSo() throws IOException {
        HttpServer second = new HttpServer(
                new Listening(server.address().orElseThrow(), null, Set.of(), List.of(), null, 10),
                List.of(new Healthz()));
        assertThrows(BindException.class, second::start);
        second.close();
    }

    /** Answers with a segment of its path and a parameter. */
    private static final class Echo implements Route {
        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String path() {
            return "/echo/{word}";
        }

        @Override
        public Permission permission() {
            return Permission.READ;
        }

        @Override
        public Answer answer(Request request) throws RefusedException {
            request.query().allow("p");
            return Answer.word(
                    "echo", request.segment("word") + request.query().text("p").orElse(""));
        }
    }

    private static final class Failing implements Route {
        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String path() {
            return "/fail";
        }

        @Override
        public Permission permission() {
            return Permission.READ;
        }

        @Override
        public Answer answer(Request request) throws IOException {
            throw new IOException("as told");
        }
    }

    /** Has no need to read the body to know that it is wrong. */
    private static final class RefusingUnread implements Route {
        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String path() {
            return "/refuse";
        }

        @Override
        public Permission permission() {
            return Permission.READ;
        }

        @Override
        public Answer answer(Request request) throws RefusedException {
            throw Problem.of(Slug.MEDIA_TYPE, "no").refused();
        }
    }

    private static final class Order implements Route {
        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String path() {
            return "/order";
        }

        @Override
        public Permission permission() {
            return Permission.ADMIN;
        }

        @Override
        public Answer answer(Request request) {
            return Answer.word("did", "it");
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder to(String path) {
        return Serving.request(server, path);
    }

    /** What the server says to exactly these bytes, on a connection of its own. */
    private String say(String request) throws IOException {
        InetSocketAddress address = server.address().orElseThrow();
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout((int) Serving.PATIENCE.toMillis());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void segmentsAndParametersAreDecodedOnce() throws IOException, InterruptedException {
        assertEquals(
                "{\"echo\":\"a/b%2Fé \"}",
                send(to("/echo/a%2Fb%252F?p=%C3%A9+")).body());
    }

    @Test
    void aPathThatNobodyHasIsNotFound() throws IOException, InterruptedException {
        assertEquals("404 not-found", Serving.refusal(send(to("/nowhere"))));
        assertEquals("404 not-found", Serving.refusal(send(to("/echo/a/b"))));
        assertEquals("404 not-found", Serving.refusal(send(to("/healthz/"))));
    }

    @Test
    void anotherMethodIsToldWhichOnesThereAre() throws IOException, InterruptedException {
        HttpResponse<String> answer = send(to("/healthz").DELETE());
        assertEquals("405 method", Serving.refusal(answer));
        assertEquals("GET, HEAD", Serving.header(answer, "Allow"));
        assertEquals("application/problem+json", Serving.header(answer, "Content-Type"));
    }

    @Test
    void headIsGetWithoutTheBody() throws IOException, InterruptedException {
        try (Serving serving = new Serving(directory)) {
            HttpResponse<String> answer = serving.client()
                    .send(serving.request("/healthz").HEAD().build(), HttpResponse.BodyHandlers.ofString());
            assertEquals(200, answer.statusCode());
            assertEquals("", answer.body());
            assertEquals(
                    serving.get("/healthz").body().length(),
                    answer.headers().firstValueAsLong("Content-Length").orElseThrow());
        }
    }

    @Test
    void everyAddressOfTheOldProtocolIsNoneOfTheNewOne() throws IOException {
        Listening everywhere = new Listening(
                new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0), null, Set.of(), List.of(), null, 10);
        try (HttpServer old = new HttpServer(everywhere, List.of())) {
            old.start();
            assertInstanceOf(Inet4Address.class, old.address().orElseThrow().getAddress());
        }
    }

    @Test
    void anUnknownParameterIsRefused() throws IOException, InterruptedException {
        assertEquals("400 bad-parameter", Serving.refusal(send(to("/echo/a?q=1"))));
        assertEquals("400 bad-parameter", Serving.refusal(send(to("/echo/a?p=1&p=2"))));
        assertEquals("400 bad-parameter", Serving.refusal(send(to("/echo/a?p=%FF"))));
    }

    @Test
    void aHostThatIsNotLoopbackIsTurnedAway() throws IOException {
        assertTrue(say("GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
                .contains("/problems/bad-host"));
        assertTrue(say("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\nConnection: close\r\n\r\n")
                .contains("/problems/bad-host"));
        assertTrue(say("GET /healthz HTTP/1.1\r\nHost: localhost:4850\r\nConnection: close\r\n\r\n")
                .startsWith("HTTP/1.1 200"));
        assertTrue(say("GET /healthz HTTP/1.1\r\nHost: [0:0:0:0:0:0:0:1]\r\nConnection: close\r\n\r\n")
                .startsWith("HTTP/1.1 200"));
        assertTrue(say("GET /healthz HTTP/1.1\r\nHost: [::1]:4850\r\nConnection: close\r\n\r\n")
                .startsWith("HTTP/1.1 200"));
    }

    @Test
    void atTheSocketAnyHostWillDoAndAWebPageWillNot() throws IOException {
        Path socket = directory.resolve("s");
        try (HttpServer both = new HttpServer(
                new Listening(Serving.freePort().tcp(), socket, Set.of(), List.of(), null, 10), ROUTES)) {
            both.start();
            assertTrue(SocketTalk.say(socket, "GET /healthz HTTP/1.1|Host: tidemark|Connection: close||")
                    .startsWith("HTTP/1.1 200"));
            assertTrue(
                    SocketTalk.say(socket, "GET /healthz HTTP/1.1|Host: localhost|Origin: http://a|Connection: close||")
                            .contains("/problems/bad-origin"));
            assertTrue(both.address().isPresent());
        }
    }

    @Test
    void ordersAreTakenAtTheSocketAndNotOverTcp() throws IOException, InterruptedException {
        HttpResponse<String> refused = send(to("/order").POST(BodyPublishers.noBody()));
        assertEquals("403 forbidden", Serving.refusal(refused));
        assertTrue(Serving.json(refused).path("hint").asText().contains("socket"), refused.body());

        Path socket = directory.resolve("s");
        try (HttpServer alone = new HttpServer(new Listening(null, socket, Set.of(), List.of(), null, 10), ROUTES)) {
            alone.start();
            assertEquals("{\"did\":\"it\"}", SocketTalk.order(socket, "/order").body());
        }
    }

    @Test
    void theSocketAloneIsEnough() throws IOException {
        Path socket = directory.resolve("s");
        try (HttpServer alone = new HttpServer(new Listening(null, socket, Set.of(), List.of(), null, 10), ROUTES)) {
            alone.start();
            assertTrue(SocketTalk.say(socket, "GET /healthz HTTP/1.1|Host: localhost|Connection: close||")
                    .startsWith("HTTP/1.1 200"));
            assertTrue(alone.address().isEmpty());
        }
    }

    @Test
    void aServerThatCannotHaveItsSocketSaysSo() throws IOException {
        try (HttpServer nowhere = new HttpServer(
                new Listening(Serving.freePort().tcp(), directory.resolve("absent/s"), Set.of(), List.of(), null, 10),
                ROUTES)) {
            assertThrows(BindException.class, nowhere::start);
        }
    }

    @Test
    void aWebPageIsTurnedAway() throws IOException, InterruptedException {
        assertEquals("403 bad-origin", Serving.refusal(send(to("/healthz").header("Origin", "http://localhost"))));
    }

    @Test
    void whatIsNoHttpIsAProblemToo() throws IOException {
        String answer = say("GET\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
        assertTrue(answer.contains("application/problem+json"), answer);
        String path = say("GET /echo/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertTrue(path.startsWith("HTTP/1.1 400"), path);
        assertTrue(path.contains("application/problem+json"), path);
    }

    @Test
    void aFailureIsAProblemAndTheConnectionGoesOn() throws IOException, InterruptedException {
        assertEquals("500 internal", Serving.refusal(send(to("/fail").POST(BodyPublishers.ofString("x")))));
        assertEquals(200, send(to("/healthz")).statusCode());
    }

    @Test
    @Tag("I13")
    void theSenderOfALargeBodyThatIsRefusedUnreadSeesWhy() throws IOException, InterruptedException {
        byte[] large = new byte[LARGE];
        assertEquals("415 media-type", Serving.refusal(send(to("/refuse").POST(BodyPublishers.ofByteArray(large)))));
        assertEquals(
                "415 media-type",
                Serving.refusal(
                        send(to("/refuse").POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large))))));
        assertEquals(200, send(to("/healthz")).statusCode());
    }

    @Test
    void whoAsksFirstIsNotMadeToSendWhatIsRefused() throws IOException {
        String head = "POST /refuse HTTP/1.1|Host: localhost|Content-Length: 1000|Expect: 100-continue||";
        String answer = say(head.replace("|", "\r\n"));
        assertTrue(answer.startsWith("HTTP/1.1 415"), answer);
        assertTrue(answer.toLowerCase(Locale.ROOT).contains("connection: close"), answer);
    }

    /** What the server says to these bytes until it closes the connection, which the client leaves open. */
    private String sayAndWait(String request) throws IOException {
        InetSocketAddress address = server.address().orElseThrow();
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout((int) Serving.PATIENCE.toMillis());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    @Tag("I13")
    void whoAsksForTheConnectionToBeClosedSeesItClosed() throws IOException {
        String answer = sayAndWait("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Close\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
    }

    @Test
    void aBodyThatWasLeftUnreadIsNotTakenForTheNextRequest() throws IOException {
        String inside = "GET /echo/inside HTTP/1.1|Host: localhost||";
        String head = "POST /refuse HTTP/1.1|Host: localhost|Content-Length: 46|Expect: 100-continue||";
        String answer = sayAndWait((head + inside).replace("|", "\r\n"));
        assertTrue(answer.startsWith("HTTP/1.1 415"), answer);
        assertFalse(answer.contains("inside"), answer);
    }

    @Test
    void whoGoesAwayInTheMiddleDisturbsNobody() throws IOException, InterruptedException {
        say("POST /refuse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf");
        assertEquals(200, send(to("/healthz")).statusCode());
    }
}
