// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Duration;

/**
 * When the waiting rows of a partition make an object, and how big it can get.
 *
 * @param rows at most so many, and due at so many
 * @param bytes likewise, as Arrow, before encoding
 * @param maxWait due when the first waiting row is as old as this
 */
public record ObjectLimits(long rows, long bytes, Duration maxWait) {
    /** For a unit whose end is known. */
    static final ObjectLimits NONE = new ObjectLimits(Long.MAX_VALUE, Long.MAX_VALUE, Duration.ZERO);

    static ObjectLimits ofRows(long rows) {
        return new ObjectLimits(rows, Long.MAX_VALUE, Duration.ZERO);
    }

    public ObjectLimits {
        if (rows < 1 || bytes < 1 || maxWait.isNegative()) {
            throw new IllegalArgumentException(
                    "an object holds at least a row: rows=" + rows + " bytes=" + bytes + " max_wait=" + maxWait);
        }
    }
}
