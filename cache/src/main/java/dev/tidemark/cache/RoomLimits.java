// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/**
 * How much of the disk a cache may take.
 *
 * @param spoolBytesMax of all spool segments, the one that is made ahead included
 * @param reserveBytes that stay free for flushes, deletions and state: rows are refused before they are touched
 * @param ballastBytes of a file that is given up so that a cache opens, and lets go of segments, on a disk that others
 *     filled; 0 for none
 */
public record RoomLimits(long spoolBytesMax, long reserveBytes, long ballastBytes) {
    public static final RoomLimits NONE = new RoomLimits(Long.MAX_VALUE, 0, 0);

    /** Bytes that state files take of a ballast, besides a copy of the newest segment. */
    private static final long STATE_BYTES = 4L << 20;

    /** Limits with a ballast that is enough for segments of a size. */
    public static RoomLimits of(long spoolBytesMax, long reserveBytes, long segmentBytes) {
        return new RoomLimits(spoolBytesMax, reserveBytes, segmentBytes + STATE_BYTES);
    }
}
