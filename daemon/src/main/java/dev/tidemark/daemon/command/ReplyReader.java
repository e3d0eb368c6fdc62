// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Reads one HTTP/1.1 answer; one that ends before it is whole is a failure, never a shorter answer. */
final class ReplyReader {
    private static final int LINE_BYTES_MAX = 64 << 10;
    private static final int BODY_BYTES_MAX = 1 << 30;
    private static final int OK = 200;

    private final InputStream in;

    ReplyReader(InputStream in) {
        this.in = in;
    }

    Reply read() throws IOException {
        while (true) {
            int status = status(line());
            Map<String, String> headers = headers();
            // Those below 200 only announce the answer.
            if (status >= OK) {
                return new Reply(status, headers, new String(body(headers), StandardCharsets.UTF_8));
            }
        }
    }

    private static int status(String line) throws IOException {
        String[] words = line.split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[1-5]\\d\\d")) {
            throw new ProtocolException("the answer is not HTTP");
        }
        return Integer.parseInt(words[1]);
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new ProtocolException("a header of the answer has no name");
            }
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (first, next) -> first + ", " + next);
        }
        return headers;
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
            return chunks();
        }
        String length = headers.get("content-length");
        return length == null ? in.readAllBytes() : exactly(number(length, 10));
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int length = number(line().split(";", 2)[0].strip(), 16);
            if (length == 0) {
                // Trailers, of which none is of use here.
                headers();
                return body.toByteArray();
            }
            if (body.size() > BODY_BYTES_MAX - length) {
                throw new ProtocolException("the answer is too large");
            }
            body.writeBytes(exactly(length));
            if (!line().isEmpty()) {
                throw new ProtocolException("a chunk of the answer is longer than it says");
            }
        }
    }

    private static int number(String text, int radix) throws IOException {
        try {
            int number = Integer.parseInt(text, radix);
            if (number >= 0 && number <= BODY_BYTES_MAX) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw (ProtocolException) new ProtocolException("a length of the answer is no number").initCause(e);
        }
        throw new ProtocolException("the answer is too large");
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw cutOff();
        }
        return bytes;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw cutOff();
            }
            if (line.size() == LINE_BYTES_MAX) {
                throw new ProtocolException("a line of the answer is too long");
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    private static EOFException cutOff() {
        return new EOFException("the answer was cut off");
    }
}
