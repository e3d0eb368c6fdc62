// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.process;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Gives orders to one daemon at its unix socket, each over a connection of its own. Thread-safe.
 *
 * <p>An {@code IOException} means that there was no whole answer: what became of the order is unknown.
 */
final class SocketCaller {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String END_OF_HEAD = "\r\n\r\n";

    private final UnixDomainSocketAddress address;

    SocketCaller(Path socket) {
        address = UnixDomainSocketAddress.of(socket);
    }

    /** POST without a body. */
    Answer order(String path) throws IOException {
        return order(path, PATIENCE);
    }

    /** The same, for what may take as long as this. */
    Answer order(String path, Duration patience) throws IOException {
        String words = "POST " + path;
        try (SocketChannel channel = SocketChannel.open(address)) {
            FutureTask<byte[]> exchange = new FutureTask<>(() -> exchange(channel, words));
            Thread.startVirtualThread(exchange);
            return answer(words, exchange.get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException e) {
            throw new IOException("no answer to " + words, e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("no answer to " + words + " within " + patience.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted during " + words);
        }
    }

    private static byte[] exchange(SocketChannel channel, String words) throws IOException {
        String request = words + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close" + END_OF_HEAD;
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
        return Channels.newInputStream(channel).readAllBytes();
    }

    private static Answer answer(String words, byte[] whole) throws IOException {
        String text = new String(whole, StandardCharsets.ISO_8859_1);
        int head = text.indexOf(END_OF_HEAD);
        if (head < 0) {
            throw new EOFException(words + " was not answered");
        }
        String[] lines = text.substring(0, head).split("\r\n", -1);
        Map<String, String> headers = new HashMap<>();
        for (String line : lines) {
            String[] header = line.split(":", 2);
            headers.put(header[0].toLowerCase(Locale.ROOT), header[header.length - 1].strip());
        }
        byte[] body = Arrays.copyOfRange(whole, head + END_OF_HEAD.length(), whole.length);
        if (!Integer.toString(body.length).equals(headers.get("content-length"))) {
            throw new EOFException("the answer to " + words + " was cut off");
        }
        return Answer.of(words, Integer.parseInt(lines[0].split(" ", 3)[1]), headers, body);
    }
}
