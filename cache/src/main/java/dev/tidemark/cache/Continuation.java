// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32C;

/**
 * A reader's token: which cache, which scope, and the position after which to go on (LLP 0004).
 *
 * <p>Its text form is opaque, URL-safe, versioned and checksummed, so that a mangled token is refused rather than
 * read from somewhere else.
 */
public record Continuation(String incarnation, Scope scope, Position position) {
    private static final int VERSION = 1;
    private static final int PARTS = 6;
    private static final char SEPARATOR = '\n';

    public Continuation at(Position next) {
        return new Continuation(incarnation, scope, next);
    }

    public String encode() {
        String partition = scope.partitionName() == null ? "" : scope.partitionName();
        String text = VERSION + "\n" + incarnation + "\n" + scope.dataset() + "\n" + partition + "\n"
                + position.legacy() + "\n" + position.sequence();
        byte[] body = (text + SEPARATOR + checksum(text)).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(body);
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException when it is not a token, or of a newer version; the message says which
     */
    public static Continuation parse(String token) {
        String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        int end = text.lastIndexOf(SEPARATOR);
        if (end < 0 || !text.substring(end + 1).equals(checksum(text.substring(0, end)))) {
            throw new IllegalArgumentException("the token is damaged");
        }
        String[] parts = text.substring(0, end).split("\n", -1);
        if (!parts[0].equals(Integer.toString(VERSION))) {
            throw new IllegalArgumentException("the token has version " + parts[0] + ", this is version " + VERSION);
        }
        if (parts.length != PARTS) {
            throw new IllegalArgumentException("the token is damaged");
        }
        Scope scope = new Scope(parts[2], parts[3].isEmpty() ? null : parts[3]);
        return new Continuation(parts[1], scope, new Position(Long.parseLong(parts[4]), Long.parseLong(parts[5])));
    }

    private static String checksum(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(crc.getValue());
    }
}
