// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.util.function.Consumer;

/** Rows that tables have, for the log to look at where its own bytes do not say any more which partitions they were of. */
@FunctionalInterface
public interface FlushedRows {
    /** Of whom no table has any rows. */
    FlushedRows NONE = (dataset, first, last, take) -> {};

    /**
     * Hands on the rows of a dataset from one sequence to another, in order, as far as its table has them.
     *
     * @param take is given batches with at least the column of the partitions, which it does not close
     */
    void read(Dataset dataset, Sequence first, Sequence last, Consumer<RowBatch> take) throws IOException;
}
