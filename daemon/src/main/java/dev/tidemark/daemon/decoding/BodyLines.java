// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Where the rows of an NDJSON body begin and end: one row a line, blank lines passed over.
 *
 * <p>Lines count from 1. A carriage return before the newline is blank, and so is a byte order mark at the start.
 */
final class BodyLines extends RowTexts {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long SIGNS = 0x8080808080808080L;
    private static final long NEWLINES = ONES * '\n';

    private final byte[] body;
    private final int length;
    private long line = 1;
    private int start;
    private int end;
    private boolean ascii;

    BodyLines(byte[] body, int length) {
        this.body = body;
        this.length = length;
        start = Utf8.afterMark(body, length);
        end = start - 1;
    }

    /** Moves to the next line that is not blank; false at the end of the body. */
    @Override
    boolean next() {
        int i = end + 1;
        if (end >= start) {
            line++;
        }
        for (; i < length; i++) {
            byte b = body[i];
            if (b == '\n') {
                line++;
            } else if (b != ' ' && b != '\t' && b != '\r') {
                break;
            }
        }
        if (i >= length) {
            return false;
        }
        start = i;
        pass(i);
        return true;
    }

    /** Finds the end of the line, and whether all of it is ASCII, eight bytes at a time as long as none is a newline. */
    private void pass(int from) {
        int i = from;
        long seen = 0;
        while (i <= length - Long.BYTES) {
            long eight = (long) EIGHT.get(body, i);
            if (hasNewline(eight)) {
                break;
            }
            seen |= eight;
            i += Long.BYTES;
        }
        while (i < length && body[i] != '\n') {
            seen |= body[i++];
        }
        end = i;
        ascii = (seen & SIGNS) == 0;
    }

    private static boolean hasNewline(long eight) {
        long zeroed = eight ^ NEWLINES;
        return ((zeroed - ONES) & ~zeroed & SIGNS) != 0;
    }

    /** The line that {@link #next} found. */
    @Override
    long line() {
        return line;
    }

    @Override
    byte[] bytes() {
        return body;
    }

    /** The first byte of the line that is not blank. */
    @Override
    int start() {
        return start;
    }

    /** The line's newline, with a return before it, or the end of the body. */
    @Override
    int end() {
        return body[end - 1] == '\r' ? end - 1 : end;
    }

    @Override
    boolean isWellFormed() {
        return ascii || Utf8.isWellFormed(body, start, end);
    }
}
