// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Rows of one scope in ascending order, from one pinned view; closing it releases the pin (LLP 0004).
 *
 * <p>Not for use by two threads at once.
 */
public interface RowStream extends AutoCloseable {
    /** The next rows, at least one, which the caller closes; null at the end of the view. */
    @Nullable
    RowBatch next() throws IOException;

    /**
     * Where to go on: after the last row that {@link #next} gave, and at the end of the view after everything in it,
     * whether or not it was of this scope.
     */
    Continuation after();

    @Override
    void close() throws IOException;
}
