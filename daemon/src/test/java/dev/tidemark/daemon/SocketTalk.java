// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Talks at a unix socket. */
public final class SocketTalk {
    private SocketTalk() {}

    /** An answer in short. */
    public record Said(int statusCode, String body) {}

    /** What is answered to a POST without a body. */
    public static Said order(Path socket, String target) throws IOException {
        return order(socket, target, "");
    }

    /** What is answered to a POST with a body of ASCII. */
    public static Said order(Path socket, String target, String body) throws IOException {
        String answer = say(
                socket,
                "POST " + target + " HTTP/1.1|Host: localhost|Content-Length: " + body.length() + "|Connection: close||"
                        + body);
        return new Said(Integer.parseInt(answer.split(" ", 3)[1]), answer.split("\r\n\r\n", 2)[1]);
    }

    /** What is answered to a request whose lines are separated by {@code |}; the connection ends with it. */
    public static String say(Path socket, String request) throws IOException {
        byte[] bytes = request.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(bytes));
            channel.shutdownOutput();
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
