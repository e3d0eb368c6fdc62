// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whoever is slow loses the connection, and nobody else does. */
@Tag("I13")
class PatienceTest {
    private static final int LARGE = 64 << 20;
    private static final int TRIES = 200;
    private static final int ROOM = 20;
    private static final int PLACES = 3;

    private final AtomicLong nanos = new AtomicLong();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = new HttpServer(
                Serving.freePort(),
                List.of(new Healthz(), new Counting(), new Large()),
                new Lobby.Room(ROOM, PLACES),
                nanos::get);
        server.start();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    /** Says how long a body is. */
    private static final class Counting implements Route {
        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String path() {
            return "/count";
        }

        @Override
        public Permission permission() {
            return Permission.READ;
        }

        @Override
        public Answer answer(Request request) throws IOException {
            return Answer.word("bytes", String.valueOf(request.body().readAllBytes().length));
        }
    }

    private static final class Large implements Route {
        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String path() {
            return "/large";
        }

        @Override
        public Permission permission() {
            return Permission.READ;
        }

        @Override
        public Answer answer(Request request) {
            return new Answer(Answer.OK, "text/plain", Map.of(), new Answer.Body() {
                @Override
                public long length() {
                    return LARGE;
                }

                @Override
                public void writeTo(OutputStream out) throws IOException {
                    byte[] part = new byte[64 << 10];
                    for (int written = 0; written < LARGE; written += part.length) {
                        out.write(part);
                    }
                }

                @Override
                public void close() {}
            });
        }
    }

    private Socket connected(String request) throws IOException {
        InetSocketAddress address = server.address().orElseThrow();
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(100);
        socket.getOutputStream().write(request.replace("|", "\r\n").getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** Lets time pass for the server. */
    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        server.look();
    }

    private static boolean isOpen(Socket socket) throws IOException {
        try {
            InputStream in = socket.getInputStream();
            byte[] answered = new byte[1 << 16];
            for (int read = 0; read >= 0; read = in.read(answered)) {
                // What was sent before.
            }
            return false;
        } catch (SocketTimeoutException quiet) {
            return true;
        } catch (SocketException reset) {
            return false;
        }
    }

    private void awaitClosed(Socket socket) throws IOException {
        // Each look at it takes as long as the socket waits for a byte.
        for (int tries = 0; isOpen(socket); tries++) {
            assertTrue(tries < TRIES, "still open");
            pass(Duration.ofSeconds(1));
        }
    }

    private void assertServing() throws IOException {
        String answer = asked();
        assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
    }

    private String asked() throws IOException {
        try (Socket socket = connected("GET /healthz HTTP/1.1|Host: localhost|Connection: close||")) {
            socket.setSoTimeout((int) Serving.PATIENCE.toMillis());
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aHeadThatComesByDribsIsNotWaitedFor() throws IOException {
        try (Socket idle = connected("");
                Socket half = connected("GET /healthz HTTP/1.1|Host: loc")) {
            assertTrue(isOpen(idle) && isOpen(half));
            pass(Duration.ofSeconds(59));
            half.getOutputStream().write('a');
            assertTrue(isOpen(idle) && isOpen(half));
            pass(Duration.ofSeconds(2));
            awaitClosed(idle);
            awaitClosed(half);
        }
        assertServing();
    }

    @Test
    void aConnectionThatAsksNowAndThenStaysOpen() throws IOException {
        String request = "GET /healthz HTTP/1.1|Host: localhost||";
        try (Socket socket = connected(request)) {
            for (int i = 0; i < 3; i++) {
                assertTrue(isOpen(socket));
                pass(Duration.ofSeconds(50));
                socket.getOutputStream().write(request.replace("|", "\r\n").getBytes(StandardCharsets.US_ASCII));
            }
            assertTrue(isOpen(socket));
        }
    }

    @Test
    void aCrowdOfIdleConnectionsMakesRoomForTheNext() throws IOException {
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 5 * ROOM; i++) {
                nanos.incrementAndGet();
                idle.add(connected("GET /healthz HTTP/1.1|Host: localhost||"));
                idle.getLast().setSoTimeout((int) Serving.PATIENCE.toMillis());
                assertEquals('H', idle.getLast().getInputStream().read());
            }
            assertServing();
            idle.getFirst().setSoTimeout(100);
            awaitClosed(idle.getFirst());
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    @Test
    void moreThanAreServedAtOnceWaitAtTheDoorAndWhoIsSilentInsideMakesPlace() throws IOException {
        try (Socket first = connected("GET /healthz HTTP/1.1|Host: loc");
                Socket second = connected("POST /count HTTP/1.1|Host: localhost|Content-Length: 10||");
                Socket third = connected("POST /count HTTP/1.1|Host: localhost|Content-Length: 10||")) {
            assertTrue(isOpen(first) && isOpen(second) && isOpen(third));
            String request = "GET /healthz HTTP/1.1|Host: localhost|Connection: close||";
            try (Socket fourth = connected(request)) {
                // Nobody has been silent for long yet.
                assertTrue(isOpen(fourth) && isOpen(first));
                nanos.addAndGet(Duration.ofSeconds(3).toNanos());
                second.getOutputStream().write('a');
                third.getOutputStream().write('a');
                assertTrue(isOpen(second) && isOpen(third));
                nanos.addAndGet(Duration.ofSeconds(3).toNanos());
                fourth.setSoTimeout((int) Serving.PATIENCE.toMillis());
                assertEquals('H', fourth.getInputStream().read());
            }
            assertFalse(isOpen(first));
            second.getOutputStream().write("123456789".getBytes(StandardCharsets.US_ASCII));
            second.setSoTimeout((int) Serving.PATIENCE.toMillis());
            assertEquals('H', second.getInputStream().read());
        }
    }

    @Test
    void whoTakesALongAnswerSteadilyIsNotSilentThoughOthersWait() throws IOException {
        List<Socket> taking = new ArrayList<>();
        try {
            for (int i = 0; i < PLACES; i++) {
                taking.add(connected("GET /large HTTP/1.1|Host: localhost|Connection: close||"));
                taking.getLast().setSoTimeout((int) Serving.PATIENCE.toMillis());
                assertEquals('H', taking.getLast().getInputStream().read());
            }
            try (Socket next = connected("GET /healthz HTTP/1.1|Host: localhost|Connection: close||")) {
                for (int times = 0; times < 3; times++) {
                    nanos.addAndGet(Duration.ofSeconds(3).toNanos());
                    for (Socket socket : taking) {
                        // More than what lies between here and there.
                        assertEquals(LARGE / 4, socket.getInputStream().readNBytes(LARGE / 4).length);
                    }
                    assertTrue(isOpen(next));
                }
                for (Socket socket : taking) {
                    assertTrue(socket.getInputStream().readAllBytes().length > LARGE / 4);
                }
                next.setSoTimeout((int) Serving.PATIENCE.toMillis());
                assertEquals('H', next.getInputStream().read());
            }
        } finally {
            for (Socket socket : taking) {
                socket.close();
            }
        }
    }

    @Test
    void aCrowdThatBeginsToAskIsNoLargerThanThereIsRoomFor() throws IOException {
        List<Socket> begun = new ArrayList<>();
        try {
            for (int i = 0; i < 5 * ROOM; i++) {
                begun.add(connected("GET /healthz HTTP/1.1|Host: loc"));
                begun.getLast().setSoTimeout(10);
                isOpen(begun.getLast());
            }
            int open = 0;
            for (Socket socket : begun) {
                open += isOpen(socket) ? 1 : 0;
            }
            assertTrue(open <= ROOM, "open: " + open);
        } finally {
            for (Socket socket : begun) {
                socket.close();
            }
        }
        awaitServing();
    }

    /** Nobody is let in before the server has seen who went. */
    private void awaitServing() throws IOException {
        String answer = "";
        for (int tries = 0; answer.isEmpty(); tries++) {
            assertTrue(tries < TRIES, "still nobody is let in");
            try {
                answer = asked();
            } catch (SocketException reset) {
                // Not yet.
            }
        }
        assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
    }

    @Test
    void requestsThatComeTogetherAreAnsweredInTurn() throws IOException {
        String twice = "GET /healthz HTTP/1.1|Host: localhost||".repeat(2);
        try (Socket socket =
                connected(twice + "POST /count HTTP/1.1|Host: localhost|Content-Length: 3|Connection: close||abc")) {
            socket.setSoTimeout((int) Serving.PATIENCE.toMillis());
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(3, answers.split("HTTP/1.1 200", -1).length - 1, answers);
            assertTrue(answers.contains("\"bytes\":\"3\""), answers);
        }
    }

    @Test
    void whatIsOpenAtTheEndIsClosed() throws IOException {
        try (Socket resting = connected("GET /healthz HTTP/1.1|Host: localhost||");
                Socket half = connected("GET /heal")) {
            assertTrue(isOpen(resting) && isOpen(half));
            server.close();
            assertFalse(isOpen(resting) || isOpen(half));
        }
    }

    @Test
    void aBodyThatComesByDribsIsNotWaitedFor() throws IOException {
        try (Socket slow = connected("POST /count HTTP/1.1|Host: localhost|Content-Length: 1000||")) {
            for (int i = 0; i < 29; i++) {
                slow.getOutputStream().write('a');
                pass(Duration.ofSeconds(1));
            }
            assertTrue(isOpen(slow));
            pass(Duration.ofSeconds(2));
            awaitClosed(slow);
        }
        assertServing();
    }

    @Test
    void aPageThatNobodyTakesIsNotHeldForEver() throws IOException {
        try (Socket slow = connected("GET /large HTTP/1.1|Host: localhost||")) {
            assertEquals('H', slow.getInputStream().read());
            long whole = LARGE / Patience.BYTES_PER_SECOND;
            pass(Duration.ofSeconds(whole));
            pass(Duration.ofSeconds(31));
            awaitClosed(slow);
        }
        assertServing();
    }
}
