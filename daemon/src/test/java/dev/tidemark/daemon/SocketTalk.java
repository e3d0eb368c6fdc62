// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Says exactly these bytes at a unix socket. */
public final class SocketTalk {
    private SocketTalk() {}

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
