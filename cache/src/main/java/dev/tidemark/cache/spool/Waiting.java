// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.BufferAllocator;

/** An append that waits to be stamped, ready but for its sequences. */
@SuppressWarnings("ArrayRecordComponent") // Never compared: the array is the frame to be.
record Waiting(
        Dataset proposal,
        int rows,
        List<RowsBody.PartitionRun> partitions,
        byte[] arrow,
        CompletableFuture<AppendOutcome> outcome) {

    /** Tells the writer to stop when everything before it is answered. */
    static Waiting end() {
        return new Waiting(Dataset.unwritten("end"), 0, List.of(), new byte[0], new CompletableFuture<>());
    }

    boolean isEnd() {
        return rows == 0;
    }

    static Waiting of(RowBatch batch, BufferAllocator memory) throws IOException {
        return new Waiting(
                batch.dataset(),
                batch.rows(),
                RowsBody.runs(batch),
                RowsBody.serialize(batch, memory),
                new CompletableFuture<>());
    }
}
