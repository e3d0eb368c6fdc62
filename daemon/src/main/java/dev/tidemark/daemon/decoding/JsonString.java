// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Passes over the strings of one JSON text, and has what the last one says as UTF-8.
 *
 * <p>It goes eight bytes at a time as long as none of them is special. A string without escapes stays where it lies; of
 * any other the escapes are undone on the way.
 */
final class JsonString {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long SIGNS = 0x8080808080808080L;
    private static final long QUOTES = ONES * '"';
    private static final long BACKSLASHES = ONES * '\\';
    private static final long BLANKS = ONES * ' ';
    private static final int FIRST_BYTES = 512;
    private static final int UNICODE_CHARS = 6;

    /** What a backslash and a letter mean; 0 where they mean nothing alone. */
    private static final byte[] MEANT = meant();

    private byte[] json = {};
    private int end;
    private byte[] unescaped = new byte[FIRST_BYTES];
    private byte[] bytes = json;
    private int start;
    private int length;
    private boolean isText;

    private static byte[] meant() {
        byte[] meant = new byte[1 << Byte.SIZE];
        meant['"'] = '"';
        meant['\\'] = '\\';
        meant['/'] = '/';
        meant['b'] = '\b';
        meant['f'] = '\f';
        meant['n'] = '\n';
        meant['r'] = '\r';
        meant['t'] = '\t';
        return meant;
    }

    /** From now on strings are of this text, which ends at {@code to}. */
    void over(byte[] text, int to) {
        json = text;
        end = to;
    }

    /** Passes a string from behind its opening quote; where its closing one is, or less than 0: the place of a fault, inverted. */
    int pass(int from) {
        int i = from;
        while (i <= end - Long.BYTES) {
            long special = special((long) EIGHT.get(json, i));
            if (special != 0) {
                i += Long.numberOfTrailingZeros(special) >>> 3;
                break;
            }
            i += Long.BYTES;
        }
        while (i < end && isPlain(json[i])) {
            i++;
        }
        if (i < end && json[i] == '\\') {
            return passEscaped(from, i);
        }
        bytes = json;
        start = from;
        length = i - from;
        isText = true;
        return i < end && json[i] == '"' ? i : ~i;
    }

    /** The UTF-8 of the last string, from {@link #start()} on. */
    byte[] bytes() {
        return bytes;
    }

    int start() {
        return start;
    }

    int length() {
        return length;
    }

    /** Whether the last string is text: half of a surrogate pair alone is none. */
    boolean isText() {
        return isText;
    }

    @Override
    public String toString() {
        return new String(bytes, start, length, StandardCharsets.UTF_8);
    }

    private int passEscaped(int from, int backslash) {
        // What an escape stands for is never longer than it; the last eight bytes may be copied beyond the end.
        int most = end - from + Long.BYTES;
        if (unescaped.length < most) {
            unescaped = new byte[Math.max(most, 2 * unescaped.length)];
        }
        byte[] target = unescaped;
        int out = backslash - from;
        System.arraycopy(json, from, target, 0, out);
        isText = true;
        int i = backslash;
        while (i < end) {
            byte b = json[i];
            if (b == '\\') {
                byte meant = i + 1 < end ? MEANT[json[i + 1] & 0xFF] : 0;
                if (meant != 0) {
                    target[out++] = meant;
                    i += 2;
                } else {
                    int point = point(i);
                    if (point < 0) {
                        return ~i;
                    }
                    isText &= !isHalf(point);
                    out = Utf8.write(point, target, out);
                    i += Character.isSupplementaryCodePoint(point) ? 2 * UNICODE_CHARS : UNICODE_CHARS;
                }
            } else if (b == '"') {
                bytes = target;
                start = 0;
                length = out;
                return i;
            } else if (!isPlain(b)) {
                return ~i;
            } else {
                target[out++] = b;
                i++;
            }
            while (i <= end - Long.BYTES) {
                long eight = (long) EIGHT.get(json, i);
                long special = special(eight);
                EIGHT.set(target, out, eight);
                int plain = special == 0 ? Long.BYTES : Long.numberOfTrailingZeros(special) >>> 3;
                i += plain;
                out += plain;
                if (special != 0) {
                    break;
                }
            }
        }
        return ~end;
    }

    /** Where a byte is a quote, a backslash or a control character: the lowest sign that is set is right. */
    private static long special(long eight) {
        long quotes = eight ^ QUOTES;
        long backslashes = eight ^ BACKSLASHES;
        return (((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes) | ((eight - BLANKS) & ~eight))
                & SIGNS;
    }

    private static boolean isPlain(byte b) {
        return b != '"' && b != '\\' && (b < 0 || b >= ' ');
    }

    /** What {@code \}{@code u} says, together with the next one when both are a pair; less than 0 when it is none. */
    private int point(int backslash) {
        int unit = unit(backslash);
        if (unit < 0 || !Character.isHighSurrogate((char) unit)) {
            return unit;
        }
        int low = unit(backslash + UNICODE_CHARS);
        return low >= 0 && Character.isLowSurrogate((char) low) ? Character.toCodePoint((char) unit, (char) low) : unit;
    }

    private int unit(int backslash) {
        if (end - backslash < UNICODE_CHARS || json[backslash] != '\\' || json[backslash + 1] != 'u') {
            return -1;
        }
        int unit = 0;
        for (int i = backslash + 2; i < backslash + UNICODE_CHARS; i++) {
            int digit = Character.digit(json[i], 16);
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }

    private static boolean isHalf(int point) {
        return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    }
}
