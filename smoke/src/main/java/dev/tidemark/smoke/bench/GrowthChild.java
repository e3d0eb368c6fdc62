// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.LocalDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** The process that fills a data directory as a daemon would in weeks, and prints how many rows are in it. */
final class GrowthChild {
    private static final int BATCH_ROWS = 1000;
    private static final int BATCHES = 100;
    private static final int FLUSHES_TO_A_MERGE = 10;

    private GrowthChild() {}

    /** The first rows of the workload, as often as it takes: they are further apart than anything compresses over. */
    public static void main(String[] arguments) throws IOException {
        long rows = Long.parseLong(arguments[1]);
        List<RowBatch> batches = new ArrayList<>();
        long made = 0;
        try (BufferAllocator memory = new RootAllocator();
                BenchCache cache =
                        BenchCache.open(Path.of(arguments[0]), new LocalDisk(), memory, BenchCache.SEGMENT_BYTES)) {
            try (RowBatch first = LogsBatches.batch(LogsBatches.DATASET, memory, 0, BATCH_ROWS)) {
                cache.declare(first);
            }
            for (int batch = 0; batch < BATCHES; batch++) {
                batches.add(LogsBatches.batch(LogsBatches.DATASET, memory, batch * BATCH_ROWS, BATCH_ROWS));
            }
            int flushes = 0;
            for (made = BATCH_ROWS; made < rows; made += BATCH_ROWS) {
                cache.append(batches.get((int) (made / BATCH_ROWS % BATCHES)));
                if ((made + BATCH_ROWS) % BenchCache.FLUSH_ROWS == 0) {
                    cache.flush();
                    flushes++;
                    if (flushes % FLUSHES_TO_A_MERGE == 0) {
                        cache.compact();
                    }
                }
            }
            cache.flush();
            batches.forEach(RowBatch::close);
        }
        System.out.println(made);
    }
}
