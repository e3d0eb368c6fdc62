// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import java.io.IOException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Reads the next batch of a stream beside whoever works on the one before it. */
final class ReadAhead implements RowStream {
    private final RowStream stream;
    private final Executor beside;
    private @Nullable Errand<@Nullable RowBatch> next;
    private boolean ended;

    /** Takes over {@code stream}. */
    ReadAhead(RowStream stream, Executor beside) {
        this.stream = stream;
        this.beside = beside;
    }

    @Override
    public @Nullable RowBatch next() throws IOException {
        if (ended) {
            return null;
        }
        Errand<@Nullable RowBatch> reading = next;
        next = null;
        RowBatch batch = reading == null ? stream.next() : reading.await();
        if (batch == null) {
            ended = true;
        } else {
            next = Errand.start(beside, stream::next);
        }
        return batch;
    }

    @Override
    public Continuation after() {
        throw new UnsupportedOperationException("the stream is further than its reader");
    }

    @Override
    public void close() throws IOException {
        Errand<@Nullable RowBatch> reading = next;
        next = null;
        try (stream) {
            RowBatch unread = reading == null ? null : reading.await();
            if (unread != null) {
                unread.close();
            }
        }
    }
}
