// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.process;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The operator's door: everything, over the unix socket.
 *
 * <p>The JDK's client knows no unix sockets, so this speaks as much HTTP/1.1 as one request on one connection needs.
 */
final class SocketCaller implements Caller {
    private final UnixDomainSocketAddress address;

    SocketCaller(Path socket) {
        address = UnixDomainSocketAddress.of(socket);
    }

    @Override
    public Answer call(String method, String path, String contentType, byte[] body) throws IOException {
        // The channel closes before the executor, which waits for whoever still reads from it.
        try (ExecutorService one = Executors.newVirtualThreadPerTaskExecutor();
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(address);
            Future<Answer> answer = one.submit(() -> exchange(channel, method, path, contentType, body));
            try {
                return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                throw new IOException(method + " " + path + " over " + address + " got no answer", e.getCause());
            } catch (TimeoutException e) {
                throw new IOException(method + " " + path + " got no answer in " + PATIENCE.toSeconds() + " s", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while calling " + path, e);
            }
        }
    }

    private static Answer exchange(SocketChannel channel, String method, String path, String contentType, byte[] body)
            throws IOException {
        String head = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                + body.length + "\r\n" + (contentType.isEmpty() ? "" : "Content-Type: " + contentType + "\r\n")
                + "\r\n";
        ByteBuffer request = ByteBuffer.allocate(head.length() + body.length)
                .put(head.getBytes(StandardCharsets.US_ASCII))
                .put(body)
                .flip();
        while (request.hasRemaining()) {
            channel.write(request);
        }
        InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
        String statusLine = line(in);
        Map<String, String> headers = headers(in);
        int status = Integer.parseInt(statusLine.split(" ", 3)[1]);
        return Answer.of(method + " " + path, status, headers, body(in, headers));
    }

    private static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    private static byte[] body(InputStream in, Map<String, String> headers) throws IOException {
        if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            for (int size = chunkSize(in); size > 0; size = chunkSize(in)) {
                whole.writeBytes(exactly(in, size));
                line(in);
            }
            return whole.toByteArray();
        }
        String length = headers.get("content-length");
        return length == null ? in.readAllBytes() : exactly(in, Integer.parseInt(length));
    }

    private static int chunkSize(InputStream in) throws IOException {
        return Integer.parseInt(line(in).split(";", 2)[0].strip(), 16);
    }

    private static byte[] exactly(InputStream in, int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException("the answer ends after " + bytes.length + " of " + size + " bytes");
        }
        return bytes;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the answer ends inside its head");
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.US_ASCII);
    }
}
