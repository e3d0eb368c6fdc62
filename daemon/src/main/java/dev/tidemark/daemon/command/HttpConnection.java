// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSocket;

/**
 * One request and its answer, over a connection of their own: at a unix socket, which the JDK's client cannot reach, or
 * over TCP, with TLS or without.
 *
 * <p>When {@link #open} fails, nothing was asked. When {@link #ask} does, what became of the request is not known.
 */
final class HttpConnection implements AutoCloseable {
    private static final Duration CONNECT_MAX = Duration.ofSeconds(5);

    private final SocketChannel channel;
    private final DaemonAddress peer;
    private final InputStream in;
    private final OutputStream out;

    private HttpConnection(SocketChannel channel, DaemonAddress peer, InputStream in, OutputStream out) {
        this.channel = channel;
        this.peer = peer;
        this.in = in;
        this.out = out;
    }

    private static HttpConnection plain(SocketChannel channel, DaemonAddress peer) {
        return new HttpConnection(channel, peer, Channels.newInputStream(channel), Channels.newOutputStream(channel));
    }

    static HttpConnection open(DaemonAddress peer) throws IOException {
        return open(peer, PeerTrust.ofEnvironment());
    }

    static HttpConnection open(DaemonAddress peer, PeerTrust trust) throws IOException {
        SocketAddress address = peer.address();
        if (address instanceof UnixDomainSocketAddress) {
            return plain(SocketChannel.open(address), peer);
        }
        SocketChannel channel = SocketChannel.open();
        try {
            channel.socket().connect(address, (int) CONNECT_MAX.toMillis());
            if (!peer.secure()) {
                return plain(channel, peer);
            }
            channel.socket().setSoTimeout((int) CONNECT_MAX.toMillis());
            SSLSocket secured = trust.secured(channel.socket(), peer);
            channel.socket().setSoTimeout(0);
            return new HttpConnection(channel, peer, secured.getInputStream(), secured.getOutputStream());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Sends a request and waits for the whole answer, for so long. */
    Reply ask(String method, String target, Map<String, String> headers, byte[] body, Duration patience)
            throws IOException {
        AtomicBoolean late = new AtomicBoolean();
        CountDownLatch ended = new CountDownLatch(1);
        Thread.ofVirtual().name("patience").start(() -> await(ended, patience, late));
        try {
            return exchange(head(method, target, headers, body.length), body);
        } catch (IOException e) {
            if (late.get()) {
                SocketTimeoutException noAnswer =
                        new SocketTimeoutException("no answer within " + patience.toSeconds() + " s");
                noAnswer.initCause(e);
                throw noAnswer;
            }
            throw e;
        } finally {
            ended.countDown();
        }
    }

    /** A channel knows no time-outs: it is closed under whoever waits too long. */
    private void await(CountDownLatch ended, Duration patience, AtomicBoolean late) {
        try {
            if (!ended.await(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                late.set(true);
                channel.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException alreadyUseless) {
            // Whoever waits finds out by itself.
            return;
        }
    }

    private Reply exchange(byte[] head, byte[] body) throws IOException {
        ReplyReader answer = new ReplyReader(new BufferedInputStream(in));
        try {
            out.write(head);
            out.write(body);
        } catch (IOException sending) {
            // Who refuses a body need not read all of it, and may have said why.
            try {
                return answer.read();
            } catch (IOException nothingSaid) {
                sending.addSuppressed(nothingSaid);
                throw sending;
            }
        }
        return answer.read();
    }

    private byte[] head(String method, String target, Map<String, String> headers, int bodyBytes) {
        StringBuilder head = new StringBuilder(method + " " + peer.path() + target + " HTTP/1.1\r\n");
        head.append("Host: ").append(peer.host()).append("\r\nConnection: close\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        if (method.equals("POST")) {
            head.append("Content-Length: ").append(bodyBytes).append("\r\n");
        }
        return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
