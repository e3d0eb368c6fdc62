// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ReplyReaderTest {
    @Test
    void aBodyIsAsLongAsItsHeaderSays() throws IOException {
        Reply reply = read("HTTP/1.1 200 OK|Content-Length: 5||hello, and no more");

        assertEquals(200, reply.status());
        assertEquals("hello", reply.body());
        assertEquals(Optional.of("5"), reply.header("CONTENT-length"));
    }

    @Test
    void chunksAreJoined() throws IOException {
        assertEquals(
                "hello world",
                read("HTTP/1.1 200 OK|Transfer-Encoding: chunked||6|hello |5;why=not|world|0|Trailer: a||")
                        .body());
    }

    @Test
    void aBodyWithoutALengthEndsWithTheConnection() throws IOException {
        assertEquals("all of it", read("HTTP/1.0 200 OK||all of it").body());
    }

    @Test
    void whatOnlyAnnouncesAnAnswerIsNotTheAnswer() throws IOException {
        assertEquals(
                404,
                read("HTTP/1.1 100 Continue||HTTP/1.1 404 Not Found|Content-Length: 0||")
                        .status());
    }

    @Test
    void headersOfOneNameAreJoined() throws IOException {
        assertEquals(
                Optional.of("GET, POST"),
                read("HTTP/1.1 405 No|Allow: GET|allow: POST|Content-Length: 0||")
                        .header("Allow"));
    }

    @Test
    void anAnswerThatEndsEarlyIsNone() {
        for (String early : List.of(
                "",
                "HTTP/1.1 200 OK|Content-Le",
                "HTTP/1.1 200 OK|Content-Length: 5||hell",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|hel",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|hello|")) {
            assertThrows(EOFException.class, () -> read(early), early);
        }
    }

    @Test
    void whatIsNotHttpIsSaidToBeNone() {
        for (String other : List.of(
                "SSH-2.0-OpenSSH|",
                "HTTP/1.1 abc|",
                "HTTP/1.1 200 OK|no colon||",
                "HTTP/1.1 200 OK|Content-Length: -1||",
                "HTTP/1.1 200 OK|Content-Length: many||",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|abcd|0||")) {
            assertThrows(ProtocolException.class, () -> read(other), other);
        }
    }

    private static Reply read(String answer) throws IOException {
        byte[] bytes = answer.replace("|", "\r\n").getBytes(StandardCharsets.UTF_8);
        return new ReplyReader(new ByteArrayInputStream(bytes)).read();
    }
}
