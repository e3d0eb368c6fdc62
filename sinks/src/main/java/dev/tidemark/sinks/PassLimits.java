// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/**
 * How much of a partition a watermark passes over at most in one move.
 *
 * @param bytes as Arrow
 */
public record PassLimits(long rows, long bytes) {
    public static final PassLimits DEFAULT = new PassLimits(200_000, 64L << 20);

    public PassLimits {
        if (rows < 1 || bytes < 1) {
            throw new IllegalArgumentException("a pass has at least a row: rows=" + rows + " bytes=" + bytes);
        }
    }
}
