// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Who wrote an object, short enough for its name: the first 10 characters of the lower-case base32 (RFC 4648, no
 * padding) of a SHA-256.
 *
 * <p>What is hashed is the UTF-8 of the cache's incarnation, a zero byte, the sink instance, a zero byte and the stream.
 */
public record WriterTag(String text) {
    private static final int LENGTH = 10;
    private static final int BITS = 5;
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

    static WriterTag of(String incarnation, String instance, String stream) {
        String identity = incarnation + '\0' + instance + '\0' + stream;
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
            return new WriterTag(base32(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String base32(byte[] bytes) {
        StringBuilder text = new StringBuilder(LENGTH);
        for (int bit = 0; text.length() < LENGTH; bit += BITS) {
            int pair = ((bytes[bit / Byte.SIZE] & 0xFF) << Byte.SIZE) | (bytes[bit / Byte.SIZE + 1] & 0xFF);
            int shift = 2 * Byte.SIZE - BITS - bit % Byte.SIZE;
            text.append(ALPHABET.charAt((pair >> shift) & 31));
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return text;
    }
}
