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
record Waiting(
        Kind kind,
        Dataset proposal,
        int rows,
        RowsBody body,
        FrameBuffer frame,
        CompletableFuture<AppendOutcome> outcome) {

    /** What the writer is asked to do. */
    enum Kind {
        ROWS,
        /** To take a schema without any rows. */
        SCHEMA,
        /** To stop when everything before it is answered. */
        END
    }

    static Waiting end() {
        return empty(Kind.END, Dataset.unwritten("end"));
    }

    static Waiting schema(Dataset proposal) {
        return empty(Kind.SCHEMA, proposal);
    }

    private static Waiting empty(Kind kind, Dataset proposal) {
        RowsBody nothing = new RowsBody(proposal.name(), List.of(), AppendFacts.NONE);
        return new Waiting(kind, proposal, 0, nothing, FrameBuffer.of(new byte[0]), new CompletableFuture<>());
    }

    boolean isEnd() {
        return kind == Kind.END;
    }

    static Waiting of(RowBatch batch, AppendFacts facts, BufferAllocator memory) {
        RowsBody body = RowsBody.of(batch, facts);
        return new Waiting(
                Kind.ROWS,
                batch.dataset(),
                batch.rows(),
                body,
                FrameBuffer.of(body, batch, memory),
                new CompletableFuture<>());
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
