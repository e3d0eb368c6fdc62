// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One JSON object in UTF-8, in a buffer that is used again for each row. */
final class JsonText {
    private static final int FIRST_BYTES = 4096;
    private static final int ESCAPE_BYTES = 6;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[FIRST_BYTES];
    private int length;
    private boolean first;

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void begin() {
        length = 0;
        first = true;
        put('{');
    }

    /** The name of the next value, as {@link #quoted} made it. */
    void name(byte[] quotedName) {
        if (!first) {
            put(',');
        }
        first = false;
        raw(quotedName, 0, quotedName.length);
        put(':');
    }

    void nothing() {
        raw(NULL, 0, NULL.length);
    }

    void raw(String ascii) {
        byte[] text = ascii.getBytes(StandardCharsets.US_ASCII);
        raw(text, 0, text.length);
    }

    void raw(byte[] text, int from, int to) {
        reserve(to - from);
        System.arraycopy(text, from, bytes, length, to - from);
        length += to - from;
    }

    /** A string of UTF-8 bytes. */
    void string(byte[] text, int from, int to) {
        reserve((to - from) + 2);
        put('"');
        for (int i = from; i < to; i++) {
            byte b = text[i];
            if (b == '"' || b == '\\') {
                put('\\');
                put(b);
            } else if (b >= 0 && b < ' ') {
                reserve(ESCAPE_BYTES);
                put('\\');
                put('u');
                put('0');
                put('0');
                put(HEX[b >> 4]);
                put(HEX[b & 0xF]);
            } else {
                put(b);
            }
        }
        put('"');
    }

    void end() {
        put('}');
    }

    static byte[] quoted(byte[] name) {
        JsonText text = new JsonText();
        text.string(name, 0, name.length);
        return Arrays.copyOf(text.bytes, text.length);
    }

    private void put(int b) {
        reserve(1);
        bytes[length++] = (byte) b;
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    /** Whether the text is a number as JSON writes one. */
    static boolean isNumber(byte[] text, int from, int to) {
        int i = from;
        if (i < to && text[i] == '-') {
            i++;
        }
        int digits = digits(text, i, to);
        if (digits == 0 || (digits > 1 && text[i] == '0')) {
            return false;
        }
        i += digits;
        if (i < to && text[i] == '.') {
            digits = digits(text, i + 1, to);
            if (digits == 0) {
                return false;
            }
            i += 1 + digits;
        }
        if (i < to && (text[i] == 'e' || text[i] == 'E')) {
            i++;
            if (i < to && (text[i] == '-' || text[i] == '+')) {
                i++;
            }
            digits = digits(text, i, to);
            if (digits == 0) {
                return false;
            }
            i += digits;
        }
        return i == to;
    }

    private static int digits(byte[] text, int from, int to) {
        int i = from;
        while (i < to && text[i] >= '0' && text[i] <= '9') {
            i++;
        }
        return i - from;
    }
}
