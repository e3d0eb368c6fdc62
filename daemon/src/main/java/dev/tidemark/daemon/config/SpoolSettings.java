// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import org.jspecify.annotations.Nullable;

/**
 * How the spool is cut, and what room rows may take.
 *
 * @param segment bytes of one segment
 * @param max bytes of all of them; null: a share of the file system
 * @param diskReserve bytes of the disk that rows leave free
 */
public record SpoolSettings(long segment, @Nullable Long max, long diskReserve) {
    /** A spool of fewer segments could not go on while the last rows are flushed. */
    static final int SEGMENTS_MIN = 2;

    public static final SpoolSettings DEFAULT = new SpoolSettings(16L << 20, null, 256L << 20);

    private static final long AUTO_MAX = 10L << 30;
    private static final int AUTO_SHARE = 4;

    /** What all segments may take on a file system of a size. */
    public long maxOn(long fileSystemBytes) {
        return max != null ? max : Math.max(SEGMENTS_MIN * segment, Math.min(AUTO_MAX, fileSystemBytes / AUTO_SHARE));
    }
}
