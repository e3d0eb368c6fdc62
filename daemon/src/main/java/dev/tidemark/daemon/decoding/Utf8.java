// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

/** Text as UTF-8 bytes, checked rather than repaired. */
final class Utf8 {
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private Utf8() {}

    /** Writes a code point that is no surrogate; where the next one goes. */
    static int write(int point, byte[] target, int at) {
        int out = at;
        if (point < 0x80) {
            target[out++] = (byte) point;
        } else if (point < 0x800) {
            target[out++] = (byte) (0xC0 | (point >> 6));
            target[out++] = continuation(point);
        } else if (point < Character.MIN_SUPPLEMENTARY_CODE_POINT) {
            target[out++] = (byte) (0xE0 | (point >> 12));
            target[out++] = continuation(point >> 6);
            target[out++] = continuation(point);
        } else {
            target[out++] = (byte) (0xF0 | (point >> 18));
            target[out++] = continuation(point >> 12);
            target[out++] = continuation(point >> 6);
            target[out++] = continuation(point);
        }
        return out;
    }

    /** Where a text begins: behind the byte order mark, if there is one. */
    static int afterMark(byte[] text, int length) {
        boolean marked = length >= BYTE_ORDER_MARK.length;
        for (int i = 0; marked && i < BYTE_ORDER_MARK.length; i++) {
            marked = text[i] == BYTE_ORDER_MARK[i];
        }
        return marked ? BYTE_ORDER_MARK.length : 0;
    }

    /** Whether the bytes are UTF-8 in the strict sense: shortest forms only, no surrogates. */
    static boolean isWellFormed(byte[] text, int from, int to) {
        int i = from;
        while (i < to) {
            int lead = text[i++] & 0xFF;
            if (lead < 0x80) {
                continue;
            }
            int follow = followers(lead);
            if (follow == 0 || i + follow > to || !secondFits(lead, text[i] & 0xFF)) {
                return false;
            }
            for (int k = 1; k < follow; k++) {
                if ((text[i + k] & 0xC0) != 0x80) {
                    return false;
                }
            }
            i += follow;
        }
        return true;
    }

    private static byte continuation(int bits) {
        return (byte) (0x80 | (bits & 0x3F));
    }

    private static int followers(int lead) {
        if (lead >= 0xC2 && lead < 0xE0) {
            return 1;
        }
        if (lead >= 0xE0 && lead < 0xF0) {
            return 2;
        }
        return lead >= 0xF0 && lead < 0xF5 ? 3 : 0;
    }

    private static boolean secondFits(int lead, int second) {
        int low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        return second >= low && second <= high;
    }
}
