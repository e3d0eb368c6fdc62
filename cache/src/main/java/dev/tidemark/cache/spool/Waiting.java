// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.BufferAllocator;

/** An append that waits to be stamped, ready but for its header. */
record Waiting(Dataset proposal, int rows, RowsBody body, FrameBuffer frame, CompletableFuture<AppendOutcome> outcome) {

    /** Tells the writer to stop when everything before it is answered. */
    static Waiting end() {
        RowsBody nothing = new RowsBody("end", List.of(), AppendFacts.NONE);
        return new Waiting(
                Dataset.unwritten(nothing.dataset()),
                0,
                nothing,
                FrameBuffer.of(new byte[0]),
                new CompletableFuture<>());
    }

    boolean isEnd() {
        return rows == 0;
    }

    static Waiting of(RowBatch batch, AppendFacts facts, BufferAllocator memory) {
        RowsBody body = RowsBody.of(batch, facts);
        return new Waiting(
                batch.dataset(), batch.rows(), body, FrameBuffer.of(body, batch, memory), new CompletableFuture<>());
    }

    /** Gives back the memory, then tells the producer. */
    void answer(AppendOutcome answer) {
        frame.close();
        outcome.complete(answer);
    }

    /** Gives back the memory, then tells the producer why not. */
    void fail(Exception cause) {
        frame.close();
        outcome.completeExceptionally(cause);
    }
}
