// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import java.nio.charset.StandardCharsets;

/** What the strings of JSON say, between their quotes; their escapes have been checked. */
final class JsonStrings {
    private static final int ESCAPE_CHARS = 6;

    private JsonStrings() {}

    /** The text, with whatever an escape may have made of it: halves of surrogate pairs too. */
    static String text(byte[] json, int from, int to, boolean escaped) {
        if (!escaped) {
            return new String(json, from, to - from, StandardCharsets.UTF_8);
        }
        StringBuilder text = new StringBuilder(to - from);
        int plain = from;
        int i = from;
        while (i < to) {
            if (json[i] != '\\') {
                i++;
                continue;
            }
            text.append(new String(json, plain, i - plain, StandardCharsets.UTF_8));
            text.append(unit(json, i));
            i += length(json, i);
            plain = i;
        }
        return text.append(new String(json, plain, to - plain, StandardCharsets.UTF_8))
                .toString();
    }

    /** Whether the text is one: half of a surrogate pair alone is none. */
    static boolean isText(byte[] json, int from, int to) {
        int i = from;
        while (i < to) {
            if (json[i] != '\\') {
                i++;
                continue;
            }
            int point = point(json, i, to);
            if (isHalf(point)) {
                return false;
            }
            i += length(json, i, point);
        }
        return true;
    }

    /** Writes the text as UTF-8 to where there is room for as many bytes; how many it has, or -1 when it is no text. */
    static int unescape(byte[] json, int from, int to, byte[] target) {
        int out = 0;
        int i = from;
        while (i < to) {
            byte b = json[i];
            if (b != '\\') {
                target[out++] = b;
                i++;
                continue;
            }
            int point = point(json, i, to);
            if (isHalf(point)) {
                return -1;
            }
            i += length(json, i, point);
            out = Utf8.write(point, target, out);
        }
        return out;
    }

    /** What the escape says, together with the one behind it when both are a pair. */
    private static int point(byte[] json, int backslash, int to) {
        char unit = unit(json, backslash);
        int next = backslash + ESCAPE_CHARS;
        if (Character.isHighSurrogate(unit)
                && to - next >= ESCAPE_CHARS
                && json[next] == '\\'
                && json[next + 1] == 'u') {
            char low = unit(json, next);
            return Character.isLowSurrogate(low) ? Character.toCodePoint(unit, low) : unit;
        }
        return unit;
    }

    private static boolean isHalf(int point) {
        return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    }

    private static int length(byte[] json, int backslash, int point) {
        return Character.isSupplementaryCodePoint(point) ? 2 * ESCAPE_CHARS : length(json, backslash);
    }

    private static int length(byte[] json, int backslash) {
        return json[backslash + 1] == 'u' ? ESCAPE_CHARS : 2;
    }

    private static char unit(byte[] json, int backslash) {
        byte letter = json[backslash + 1];
        return switch (letter) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int unit = 0;
                for (int i = backslash + 2; i < backslash + ESCAPE_CHARS; i++) {
                    unit = unit << 4 | Character.digit(json[i], 16);
                }
                yield (char) unit;
            }
            default -> (char) letter;
        };
    }
}
