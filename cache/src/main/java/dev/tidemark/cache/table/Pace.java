// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.IOException;

/** How quickly work beside the rows' own way may go on; it makes whoever reports to it wait. */
@FunctionalInterface
public interface Pace {
    /**
     * Reports bytes that were read or written; returns when it is time for more.
     *
     * @throws java.io.InterruptedIOException when there is to be no more
     */
    void spent(long bytes) throws IOException;
}
