// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.OutputStream;

/** Writes rows in one format. An encoder keeps nothing between two batches, so one serves any number of threads. */
public interface RowEncoder {
    /** The end of an object's name, without the dot, such as {@code jsonl}. */
    String extension();

    /** The format and the version of this writing of it, such as {@code jsonl/1}; intents record it. */
    String version();

    /**
     * Writes every row of a batch that was read, in order. The batch stays the caller's, and so does {@code out},
     * which is neither flushed nor closed.
     */
    void encode(RowBatch batch, OutputStream out) throws IOException;
}
