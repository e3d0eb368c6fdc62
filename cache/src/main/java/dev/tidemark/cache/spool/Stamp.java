// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

/**
 * What the writer says of a frame in its header, and nobody knows before.
 *
 * @param closesAppend whether this is the last frame of its append
 * @param number of the dataset within the segment, from 1, as the segment's first schema frame of it gave it
 * @param first the sequence of the first row, 0 in a schema frame
 * @param before rows of the dataset that were accepted before these, 0 in a schema frame
 * @param timeMicros when the rows came in, microseconds since 1970, 0 in a schema frame
 * @param version of the schema that the frame holds, or that its rows are in
 */
record Stamp(
        Frame.Kind kind,
        boolean closesAppend,
        int number,
        long first,
        int rows,
        long before,
        long timeMicros,
        int version) {
    static Stamp schema(int number, int version) {
        return new Stamp(Frame.Kind.SCHEMA, false, number, 0, 0, 0, 0, version);
    }

    /** A schema that comes without rows, as an append of its own. */
    static Stamp schemaAlone(int number, int version) {
        return new Stamp(Frame.Kind.SCHEMA, true, number, 0, 0, 0, 0, version);
    }

    static Stamp rows(int number, long first, int rows, long before, long timeMicros, int version) {
        return new Stamp(Frame.Kind.ROWS, true, number, first, rows, before, timeMicros, version);
    }

    /** Stands for rows that were acknowledged and cannot be read any more. */
    static Stamp lost(int number, long first, int rows, long before, long timeMicros, int version) {
        return new Stamp(Frame.Kind.LOST, true, number, first, rows, before, timeMicros, version);
    }

    /** The same in another segment, where the dataset has this number. */
    Stamp numbered(int other) {
        return new Stamp(kind, closesAppend, other, first, rows, before, timeMicros, version);
    }
}
