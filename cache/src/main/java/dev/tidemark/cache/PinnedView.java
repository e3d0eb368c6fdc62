// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.spool.SpoolPin;
import dev.tidemark.cache.spool.UnflushedFrame;
import dev.tidemark.cache.table.SequenceScan;
import dev.tidemark.cache.table.TableView;
import java.io.IOException;
import java.util.Iterator;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What is read of one pin, from a position on: the table's legacy rows, then those with sequences, then those of the spool's
 * tail that the table does not have. Nothing that it reads goes before it is closed.
 */
final class PinnedView implements AutoCloseable {
    private final SpoolPin tail;
    private final Runnable release;
    private final SequenceScan legacy;
    private final SequenceScan scan;
    private final Iterator<UnflushedFrame> frames;
    private final Dataset read;
    private final Sequence end;
    private final BufferAllocator memory;
    private boolean legacyEnded;

    /** The log's tail, and the table as it was after that was pinned. */
    record Pinned(SpoolPin tail, TableView table) {}

    /** Pins what is there now. */
    @FunctionalInterface
    interface Pinning {
        Pinned pin() throws IOException;
    }

    /**
     * Takes the pin over.
     *
     * @param read the columns, as of the horizon of the whole read
     * @param end the last sequence that is wanted
     */
    PinnedView(
            Pinned pinned,
            Dataset read,
            Position since,
            long legacyEnd,
            Sequence end,
            ReadRequest request,
            BufferAllocator memory)
            throws IOException {
        this.tail = pinned.tail();
        this.read = read;
        this.end = end;
        this.memory = memory;
        TableView table = pinned.table();
        Sequence after = new Sequence(since.sequence());
        Sequence flushed = table.flushedThrough();
        Sequence scanned = Sequence.min(flushed, end);
        this.legacy =
                table.scanLegacy(read, since.legacy(), legacyEnd, request.batchRows(), request.batchBytes(), memory);
        this.scan = table.scan(read, after, scanned, request.batchRows(), request.batchBytes(), memory);
        this.frames = tail.framesAfter(Sequence.max(after, flushed)).iterator();
        this.release = table.pin();
    }

    /** The next rows, which the caller closes, perhaps with some that are not wanted; null at the end. */
    @Nullable
    RowBatch next() throws IOException {
        if (!legacyEnded) {
            RowBatch next = legacy.next();
            if (next != null) {
                return next;
            }
            legacyEnded = true;
        }
        RowBatch next = scan.next();
        if (next != null || !frames.hasNext()) {
            return next;
        }
        UnflushedFrame frame = frames.next();
        return frame.first().isAfter(end) ? null : tail.rows(frame, read, memory);
    }

    /** Whether all legacy rows were given. */
    boolean hasEndedLegacy() {
        return legacyEnded;
    }

    @Override
    public void close() throws IOException {
        try (tail;
                legacy;
                scan) {
            release.run();
        }
    }
}
