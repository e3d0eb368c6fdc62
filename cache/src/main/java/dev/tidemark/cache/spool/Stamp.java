// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

/**
 * What the writer says of a frame in its header, and nobody knows before.
 *
 * @param closesAppend whether this is the last frame of its append
 * @param first the sequence of the first row, 0 in a schema frame
 * @param timeMicros when the rows came in, microseconds since 1970, 0 in a schema frame
 * @param version of the schema that the frame holds, or that its rows are in
 */
record Stamp(Frame.Kind kind, boolean closesAppend, long first, int rows, long timeMicros, int version) {
    static Stamp schema(int version) {
        return new Stamp(Frame.Kind.SCHEMA, false, 0, 0, 0, version);
    }

    /** A schema that comes without rows, as an append of its own. */
    static Stamp schemaAlone(int version) {
        return new Stamp(Frame.Kind.SCHEMA, true, 0, 0, 0, version);
    }

    static Stamp rows(long first, int rows, long timeMicros, int version) {
        return new Stamp(Frame.Kind.ROWS, true, first, rows, timeMicros, version);
    }
}
