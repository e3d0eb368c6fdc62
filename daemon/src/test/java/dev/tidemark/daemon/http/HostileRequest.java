// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * One entry of a table of requests, whose form stands at the top of the table.
 *
 * @param sending how the body is sent: plain, raw, gzip, zstd or chunked
 * @param body as it travels, a character for each byte
 * @param expected status, slug and what else is said, as {@link #send} tells it
 */
record HostileRequest(String name, String sending, List<String> head, String body, String expected) {
    private static final Pattern TIMES = Pattern.compile("\\((.+?)\\*(\\d+)\\)");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(r|n|t|0|\\\\|x[0-9A-F]{2})");
    private static final int CHUNK = 1000;
    private static final JsonMapper JSON = new JsonMapper();

    /** What came back, whole and in short. */
    record Answered(String said, String body) {}

    static List<HostileRequest> read(String table) throws IOException {
        List<HostileRequest> requests = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(HostileRequest.class.getResourceAsStream(table), table)) {
            String[] parts = new String(in.readAllBytes(), StandardCharsets.UTF_8).split("(?m)^== ", -1);
            for (String part : Arrays.asList(parts).subList(1, parts.length)) {
                requests.add(parse(part.lines().toList()));
            }
        }
        return requests;
    }

    private static HostileRequest parse(List<String> lines) throws IOException {
        String sending = "plain";
        List<String> head = new ArrayList<>();
        List<String> body = new ArrayList<>();
        String expected = "";
        for (String line : lines.subList(1, lines.size())) {
            if (line.startsWith("-> ")) {
                expected = line.substring(3);
            } else if (line.startsWith("% ")) {
                sending = line.substring(2);
            } else if (line.startsWith("|")) {
                body.add(line.substring(1));
            } else if (!line.isEmpty()) {
                head.add(unescaped(line));
            }
        }
        byte[] bytes = unescaped(String.join("\n", body)).getBytes(StandardCharsets.ISO_8859_1);
        return new HostileRequest(lines.getFirst(), sending, head, packed(sending, bytes), expected);
    }

    private static String unescaped(String text) {
        String whole = TIMES.matcher(text)
                .replaceAll(times -> Matcher.quoteReplacement(times.group(1).repeat(Integer.parseInt(times.group(2)))));
        return ESCAPE.matcher(whole).replaceAll(escape -> Matcher.quoteReplacement(character(escape)));
    }

    private static String character(MatchResult escape) {
        String word = escape.group(1);
        return switch (word.charAt(0)) {
            case 'r' -> "\r";
            case 'n' -> "\n";
            case 't' -> "\t";
            case '0' -> "\0";
            case 'x' -> String.valueOf((char) Integer.parseInt(word.substring(1), 16));
            default -> "\\";
        };
    }

    private static String packed(String sending, byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        switch (sending) {
            case "gzip" -> {
                try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
                    gzip.write(plain);
                }
            }
            case "zstd" -> packed.write(Zstd.compress(plain));
            case "chunked" -> {
                for (int at = 0; at < plain.length; at += CHUNK) {
                    int length = Math.min(CHUNK, plain.length - at);
                    packed.write((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                    packed.write(plain, at, length);
                    packed.write("\r\n".getBytes(StandardCharsets.US_ASCII));
                }
                packed.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            default -> packed.write(plain);
        }
        return packed.toString(StandardCharsets.ISO_8859_1);
    }

    private byte[] bytes() throws IOException {
        List<String> lines = new ArrayList<>(head);
        if (!sending.equals("raw")) {
            lines.set(0, head.getFirst() + " HTTP/1.1");
            lines.add("Host: localhost");
            lines.add("Connection: close");
            lines.add(sending.equals("chunked") ? "Transfer-Encoding: chunked" : "Content-Length: " + body.length());
            if (sending.equals("gzip") || sending.equals("zstd")) {
                lines.add("Content-Encoding: " + sending);
            }
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        all.write(body.getBytes(StandardCharsets.ISO_8859_1));
        return all.toByteArray();
    }

    Answered send(InetSocketAddress address) throws IOException {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout((int) Serving.PATIENCE.toMillis());
            try {
                socket.getOutputStream().write(bytes());
                socket.getOutputStream().flush();
            } catch (SocketException refusedMeanwhile) {
                // The answer is there all the same.
            }
            return told(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static Answered told(String answer) throws IOException {
        String[] parts = answer.split("\r\n\r\n", 2);
        if (parts.length < 2) {
            return new Answered("no answer", "");
        }
        StringBuilder said = new StringBuilder(parts[0].split(" ", 3)[1]);
        if (parts[1].startsWith("{")) {
            JsonNode body = JSON.readTree(parts[1]);
            String type = body.path("type").asText();
            if (!type.isEmpty()) {
                said.append(' ').append(type.substring(type.lastIndexOf('/') + 1));
            } else if (body.has("rows")) {
                said.append(" rows=").append(body.path("rows").asText());
            }
            for (String member : List.of("line", "row", "column", "limit")) {
                if (body.has(member)) {
                    said.append(' ')
                            .append(member)
                            .append('=')
                            .append(body.path(member).asText());
                }
            }
            if (body.path("hint").asText().startsWith("columns:")) {
                said.append(" hint=").append(body.path("hint").asText());
            }
        }
        parts[0].lines()
                .filter(line -> line.regionMatches(true, 0, "Allow: ", 0, 7))
                .forEach(line -> said.append(" allow=").append(line.substring(7)));
        return new Answered(said.toString(), parts[1]);
    }
}
