// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Sequence;

/**
 * Where one frame lies, and which rows it has.
 *
 * @param segment the id of its segment
 * @param offset of its header
 * @param first the sequence of its first row, 0 in a schema frame
 */
record Frame(long segment, long offset, Kind kind, boolean closesAppend, long first, int rows, int bodyBytes) {
    /** What a frame's body is. The codes are on disk. */
    enum Kind {
        SCHEMA(1),
        ROWS(2);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }

        byte code() {
            return code;
        }
    }

    /** The sequence of the last row. */
    public Sequence last() {
        return new Sequence(first + rows - 1);
    }
}
