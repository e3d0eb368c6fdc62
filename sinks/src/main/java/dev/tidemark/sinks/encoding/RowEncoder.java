// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/** Writes rows in one format. An encoder keeps nothing between two units, so one serves any number of threads. */
public interface RowEncoder {
    /** The end of an object's name, without the dot, such as {@code jsonl}. */
    String extension();

    /** The format and the version of this writing of it, such as {@code jsonl/1}; intents record it. */
    String version();

    /** Starts a unit. What {@code out} gets is whole once the encoding is closed; {@code out} itself stays open. */
    Encoding start(OutputStream out) throws IOException;

    /** One unit while it is written. */
    interface Encoding extends AutoCloseable {
        /** Writes every row of a batch that was read, in order. The batch stays the caller's. */
        void add(RowBatch batch) throws IOException;

        /** Once, after the last batch: facts about the unit, for a format that has a place for them. */
        default void seal(Map<String, String> facts) {}

        @Override
        void close() throws IOException;
    }
}
