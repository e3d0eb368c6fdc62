// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

/** An offset in a segment of the log. */
record Place(long segment, long offset) {
    /** Before everything. */
    static final Place NONE = new Place(0, 0);

    /** After everything. */
    static final Place END = new Place(Long.MAX_VALUE, 0);

    /** How far a segment lies before this place: to its end, up to an offset, or not at all. */
    long within(long id) {
        if (SpoolSegment.isSide(id)) {
            return Long.MAX_VALUE; // Whole before it has its name.
        }
        if (id == segment) {
            return offset;
        }
        return id < segment ? Long.MAX_VALUE : 0;
    }
}
