// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A link to an HTTP server on which requests and answers can be lost; each request has a connection of its own. */
public final class FaultyLink implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("(?im)^content-length: *(\\d+)\r?$");
    private static final Pattern CONDITION = Pattern.compile("(?im)^if-none-match:[^\r]*\r\n");
    private static final Pattern PER_LINK = Pattern.compile("(?im)^(expect|connection):[^\r]*\r\n");

    private final URI server;
    private final ServerSocket listening;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Function<String, Fault> faults = request -> Fault.NONE;

    /** What happens to one request. */
    public enum Fault {
        NONE,
        /** The connection ends before the server hears anything. */
        LOST,
        UNAVAILABLE,
        /** Nobody answers, and the server hears nothing. */
        HANGS,
        /** Nobody takes the body, and the server hears nothing. */
        STOPS_READING,
        /** The server did it, and the connection ends before its answer. */
        ANSWER_LOST,
        /** The server did it, and something on the way says that it failed. */
        ANSWER_IS_500,
        /** The server did it, and its answer never comes. */
        ANSWER_HANGS,
        /** The server hears it twice, and what it answers to the second comes back. */
        TWICE,
        /** Something on the way knows no such page. */
        ANSWER_IS_404,
        /** The server does not hear on what condition. */
        CONDITION_LOST
    }

    public FaultyLink(URI server) throws IOException {
        this.server = server;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    /** The request lines that came, in order. */
    public List<String> seen() {
        return seen;
    }

    /** Does from now on what the rule says of a request line, such as {@code PUT /bucket/key}. */
    public void on(Function<String, Fault> rule) {
        faults = rule;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                sockets.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            String head = readHead(client.getInputStream());
            String line = head.substring(0, head.indexOf(" HTTP/"));
            seen.add(line);
            Fault fault = faults.apply(line);
            if (fault == Fault.LOST) {
                client.setSoLinger(true, 0);
                return;
            }
            if (head.toLowerCase(Locale.ROOT).contains("100-continue")) {
                write(client, "HTTP/1.1 100 Continue\r\n\r\n");
            }
            if (fault == Fault.STOPS_READING) {
                closed.await();
                return;
            }
            Matcher length = LENGTH.matcher(head);
            byte[] body = client.getInputStream().readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
            if (fault == Fault.HANGS) {
                hang(client);
            } else if (fault == Fault.UNAVAILABLE) {
                write(client, "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            } else {
                if (fault == Fault.TWICE) {
                    ask(fault, head, body);
                }
                answer(client, fault, ask(fault, head, body));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException over) {
            // Either end may leave at any time.
            return;
        } finally {
            sockets.remove(client);
        }
    }

    private byte[] ask(Fault fault, String head, byte[] body) throws IOException {
        String told = PER_LINK.matcher(head).replaceAll("");
        if (fault == Fault.CONDITION_LOST) {
            told = CONDITION.matcher(told).replaceAll("");
        }
        try (Socket there = new Socket(server.getHost(), server.getPort())) {
            OutputStream out = there.getOutputStream();
            out.write(told.substring(0, told.length() - 2).getBytes(StandardCharsets.ISO_8859_1));
            out.write("Connection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.flush();
            return there.getInputStream().readAllBytes();
        }
    }

    private static void answer(Socket client, Fault fault, byte[] answer) throws IOException {
        switch (fault) {
            case ANSWER_LOST -> client.setSoLinger(true, 0);
            case ANSWER_HANGS -> hang(client);
            case ANSWER_IS_500 ->
                write(client, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            case ANSWER_IS_404 ->
                write(client, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwhat");
            default -> {
                // The link ends with this answer, and who does not know that asks on it again.
                String text = new String(answer, StandardCharsets.ISO_8859_1);
                write(client, text.replaceFirst("\r\n", "\r\nConnection: close\r\n"));
            }
        }
    }

    /** Until the client gives up, or the link is closed. */
    private static void hang(Socket client) throws IOException {
        if (client.getInputStream().read() >= 0) {
            throw new IOException("a client that waits says nothing");
        }
    }

    private static void write(Socket client, String text) throws IOException {
        client.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        client.getOutputStream().flush();
    }

    private static String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int newlines = 0;
        while (newlines < 2) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException();
            }
            head.write(b);
            newlines = b == '\n' ? newlines + 1 : b == '\r' ? newlines : 0;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        listening.close();
        closed.countDown();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
