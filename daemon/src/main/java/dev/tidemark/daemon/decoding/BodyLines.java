// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

/**
 * Where the rows of an NDJSON body begin and end: one row a line, blank lines passed over.
 *
 * <p>Lines count from 1. A carriage return before the newline is blank, and so is a byte order mark at the start.
 */
final class BodyLines {
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final byte[] body;
    private final int length;
    private long line = 1;
    private int start;
    private int end;
    private boolean ascii;

    BodyLines(byte[] body, int length) {
        this.body = body;
        this.length = length;
        boolean marked = length >= BYTE_ORDER_MARK.length;
        for (int i = 0; marked && i < BYTE_ORDER_MARK.length; i++) {
            marked = body[i] == BYTE_ORDER_MARK[i];
        }
        start = marked ? BYTE_ORDER_MARK.length : 0;
        end = start - 1;
    }

    /** Where the body begins, the mark left out. */
    int bodyStart() {
        return start;
    }

    /** Moves to the next line that is not blank; false at the end of the body. */
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
        int seen = 0;
        while (i < length && body[i] != '\n') {
            seen |= body[i++];
        }
        end = i;
        ascii = seen >= 0;
        return true;
    }

    /** The line that {@link #next} found. */
    long line() {
        return line;
    }

    /** The first byte of the line that is not blank. */
    int start() {
        return start;
    }

    /** The line's newline, or the end of the body. */
    int end() {
        return end;
    }

    boolean isWellFormed() {
        return ascii || Utf8.isWellFormed(body, start, end);
    }
}
