// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;

/** A rows frame that no table has, with the schema that it was written in. */
public record UnflushedFrame(Frame frame, Dataset schema) {
    public Sequence first() {
        return new Sequence(frame.first());
    }

    public Sequence last() {
        return frame.last();
    }

    public int rows() {
        return frame.rows();
    }

    public int bytes() {
        return frame.bodyBytes();
    }
}
