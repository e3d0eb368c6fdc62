// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Sequence;

/**
 * Where one frame lies, and which rows it has.
 *
 * @param segment the id of its segment
 * @param offset of its header
 */
record Frame(long segment, long offset, int bodyBytes, Stamp stamp) {
    /** What a frame's body is. The codes are on disk. */
    enum Kind {
        SCHEMA(1),
        ROWS(2),
        /** In the place of a damaged frame that was not copied: counts, and no values. */
        LOST(3);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }

        byte code() {
            return code;
        }
    }

    /** The sequence of the first row. */
    long first() {
        return stamp.first();
    }

    /** Where the next frame begins. */
    long end() {
        return offset + SpoolSegment.framed(bodyBytes);
    }

    int rows() {
        return stamp.rows();
    }

    /** The sequence of the last row. */
    Sequence last() {
        return new Sequence(stamp.first() + stamp.rows() - 1);
    }
}
