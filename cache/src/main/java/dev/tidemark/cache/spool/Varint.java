// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Small numbers in few bytes: seven bits in each, the lowest first, and the top bit says that more follow. */
final class Varint {
    private static final int BITS = 7;
    private static final int MORE = 1 << BITS;

    private Varint() {}

    static int bytes(int value) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(value | 1);
        return (bits + BITS - 1) / BITS;
    }

    static void write(ByteBuffer target, int value) {
        int rest = value;
        while (rest >= MORE || rest < 0) {
            target.put((byte) (rest | MORE));
            rest >>>= BITS;
        }
        target.put((byte) rest);
    }

    static int read(ByteBuffer source) {
        int value = 0;
        int shift = 0;
        int next = source.get();
        while (next < 0) {
            value |= (next & (MORE - 1)) << shift;
            shift += BITS;
            next = source.get();
        }
        return value | next << shift;
    }

    /** Writes a text with its length in bytes before it. */
    static void write(ByteBuffer target, byte[] text) {
        write(target, text.length);
        target.put(text);
    }

    /** A number of things that follow, each of a byte at least, so that damage asks for no memory that is not there. */
    static int readCount(ByteBuffer source) {
        int count = read(source);
        if (count < 0 || count > source.remaining()) {
            throw new BufferUnderflowException();
        }
        return count;
    }

    static String readText(ByteBuffer source) {
        byte[] text = new byte[readCount(source)];
        source.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
