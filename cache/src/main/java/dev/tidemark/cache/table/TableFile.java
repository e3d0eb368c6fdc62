// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

/**
 * One live file of a table, for whoever decides what becomes of it.
 *
 * @param kind of its rows
 * @param lower the first place in it: a sequence, or the ordinal of a legacy row
 * @param upper the last place
 * @param rows all that lie in it, also those that are deleted
 * @param deletedRows those that are deleted in place
 */
public record TableFile(
        String path, Kind kind, long lower, long upper, long rows, long deletedRows, long bytes, Maker maker) {
    /** What places its rows have. */
    public enum Kind {
        SEQUENCED,
        LEGACY
    }

    /** Who wrote the file. */
    public enum Maker {
        US,
        /** Another engine, whose layout is its own affair. */
        ANOTHER_ENGINE
    }

    /** About how many of its bytes are of rows that are not deleted. */
    public long liveBytes() {
        return rows == 0 ? 0 : Math.round((double) bytes * (rows - deletedRows) / rows);
    }
}
