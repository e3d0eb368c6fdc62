// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A small HTTP/1.1 server that behaves as badly as it is told.
 *
 * <p>Each request goes first to the {@link #next} acts in turn, then to what {@link #answering} says.
 */
public final class FaultyEndpoint implements AutoCloseable {
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<Received> received = new ArrayList<>();
    private final Deque<Function<Received, Act>> next = new ArrayDeque<>();
    private Function<Received, Act> usual;

    /** One request as it came, its body as it travelled. */
    public static final class Received {
        private final String method;
        private final String path;
        private final Map<String, String> headers;
        private final byte[] body;

        private Received(String method, String path, Map<String, String> headers, byte[] body) {
            this.method = method;
            this.path = path;
            this.headers = headers;
            this.body = body;
        }

        public String method() {
            return method;
        }

        public String path() {
            return path;
        }

        public byte[] body() {
            return body.clone();
        }

        public String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    /** What becomes of a request. */
    public sealed interface Act {
        /** It is answered. */
        record Answer(int status, Map<String, String> headers, String body) implements Act {}

        /** The connection is cut without an answer. */
        record Cut() implements Act {}

        /** Nobody ever answers. */
        record Hang() implements Act {}
    }

    public FaultyEndpoint(Function<Received, Act> usual) throws IOException {
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.usual = usual;
        Thread.ofVirtual().start(this::accept);
    }

    public static Act.Answer answer(int status, String... headers) {
        Map<String, String> all = new TreeMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        return new Act.Answer(status, all, "");
    }

    public static Act.Answer json(int status, String body) {
        return new Act.Answer(status, Map.of("Tidemark-Protocol", "1"), body);
    }

    public URI url(String path) {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + path);
    }

    /** What the next request meets, before the usual. */
    public synchronized FaultyEndpoint next(Function<Received, Act> act) {
        next.add(act);
        return this;
    }

    public synchronized FaultyEndpoint next(Act act) {
        return next(request -> act);
    }

    public synchronized void answering(Function<Received, Act> act) {
        usual = act;
    }

    public synchronized Function<Received, Act> usual() {
        return usual;
    }

    public synchronized List<Received> received() {
        return List.copyOf(received);
    }

    /** Connections that neither end has closed. */
    public int connections() {
        return open.size();
    }

    /** The requests that carried rows. */
    public List<Received> posts() {
        return received().stream()
                .filter(request -> request.method().equals("POST"))
                .toList();
    }

    private void accept() {
        try {
            while (!server.isClosed()) {
                Socket socket = server.accept();
                open.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            // It was closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            Received request = read(in);
            while (request != null) {
                Act act = act(request);
                switch (act) {
                    case Act.Cut cut -> {
                        socket.setSoLinger(true, 0);
                        return;
                    }
                    case Act.Hang hang -> {
                        // The client gives up, or the server is closed.
                        while (in.read() >= 0) {}
                        return;
                    }
                    case Act.Answer answer -> socket.getOutputStream().write(bytes(answer));
                }
                request = read(in);
            }
        } catch (IOException e) {
            // The client went away.
        } finally {
            open.remove(socket);
        }
    }

    private synchronized Act act(Received request) {
        received.add(request);
        return (next.isEmpty() ? usual : next.removeFirst()).apply(request);
    }

    private static byte[] bytes(Act.Answer answer) {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " so\r\n");
        answer.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        bytes.writeBytes(body);
        return bytes.toByteArray();
    }

    private static @Nullable Received read(InputStream in) throws IOException {
        String first = line(in);
        if (first.isEmpty()) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new IOException("the body was cut off");
        }
        String[] words = first.split(" ", 3);
        return new Received(words[0], words[1], headers, body);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
