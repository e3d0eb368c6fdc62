// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.spool.FlushedRows;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;

/**
 * What some tables have, for the log to look at.
 *
 * @param tables by dataset; whoever opens more of them adds them
 */
public record RowsOfTables(Map<String, CacheTable> tables, BufferAllocator memory) implements FlushedRows {
    private static final int BATCH_ROWS = 1024;
    private static final long BATCH_BYTES = 1 << 20;

    @Override
    public void read(Dataset dataset, Sequence first, Sequence last, Consumer<RowBatch> take) throws IOException {
        CacheTable table = tables.get(dataset.name());
        String partition = dataset.partitionBy();
        if (table == null) {
            return;
        }
        Dataset narrow = dataset.only(partition == null ? Set.of() : Set.of(partition));
        Sequence before = new Sequence(first.value() - 1);
        try (SequenceScan scan = table.view().scan(narrow, before, last, BATCH_ROWS, BATCH_BYTES, memory)) {
            for (RowBatch batch = scan.next(); batch != null; batch = scan.next()) {
                try (RowBatch read = batch) {
                    take.accept(read);
                }
            }
        }
    }
}
