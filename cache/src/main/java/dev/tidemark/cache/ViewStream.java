// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one view: the table's legacy rows, then those with sequences, then those of the spool's tail that the table
 * does not have (I6, LLP 0004).
 *
 * <p>The tail was pinned before the table was read, so a flush in between moves rows from the one to the other and
 * hides none: the table is believed up to its own "flushed through", or up to the pinned horizon when that is less,
 * and the tail from there.
 *
 * <p>What it has pinned may be asked back ({@link #recall}). It then pins anew where it is, and goes on to the same end.
 */
final class ViewStream implements RowStream {
    private final ReadRequest request;
    private final PinnedView.Pinning pinning;

    /** The columns that are looked at, and those of them that the reader gets: a filter may look at any. */
    private final Dataset read;

    private final Dataset given;
    private final long legacyEnd;
    private final Sequence end;
    private final InstantSource clock;
    private final BufferAllocator memory;
    private final Runnable closed;
    /** Held over a read, and while the view is let go of; guards what follows. */
    private final ReentrantLock turn = new ReentrantLock();

    private @Nullable PinnedView view;
    private @Nullable RowBatch source;
    private int sourceRow;
    private Position position;
    private boolean ended;
    private boolean open = true;
    private volatile Instant pinnedAt;
    private volatile boolean recalled;

    /**
     * Takes a first pin over.
     *
     * @param dataset the one schema of the view, as new as any of its rows
     * @param closed told when the stream is
     */
    ViewStream(
            ReadRequest request,
            Dataset dataset,
            PinnedView.Pinned first,
            PinnedView.Pinning pinning,
            InstantSource clock,
            BufferAllocator memory,
            Consumer<ViewStream> closed)
            throws IOException {
        this.request = request;
        this.pinning = pinning;
        this.clock = clock;
        this.memory = memory;
        this.closed = () -> closed.accept(this);
        this.given = request.columns() == null ? dataset : dataset.only(request.columns());
        this.read = isFiltered() ? dataset : given;
        this.position = request.since().position();
        this.legacyEnd = Math.min(first.table().legacyHead(), request.legacyThrough());
        this.end = Sequence.min(first.tail().horizon(), request.through());
        this.pinnedAt = clock.instant();
        this.view = new PinnedView(first, read, position, legacyEnd, end, request, memory);
    }

    private boolean isFiltered() {
        return !request.filter().equals(RowFilter.ALL);
    }

    @Override
    public @Nullable RowBatch next() throws IOException {
        turn.lock();
        try {
            if (!open) {
                throw new IllegalStateException("the stream is closed");
            }
            return ended ? null : nextBatch();
        } finally {
            turn.unlock();
        }
    }

    private @Nullable RowBatch nextBatch() throws IOException {
        while (advance()) {
            RowBatch from = Objects.requireNonNull(source);
            if (isWantedWhole(from)) {
                source = null;
                position = from.behind(from.rows() - 1, position);
                return from;
            }
            RowBatch gathered = gather(from.isLegacy());
            if (gathered != null) {
                return gathered;
            }
        }
        ended = true;
        return null;
    }

    /** The next rows that are wanted, of one kind; null where none came before a batch of the other or a whole one. */
    private @Nullable RowBatch gather(boolean ofLegacy) throws IOException {
        try (BatchBuilder rows = ofLegacy ? BatchBuilder.ofLegacy(given, memory) : new BatchBuilder(given, memory)) {
            while (rows.rows() < request.batchRows() && rows.bytes() < request.batchBytes() && advance()) {
                RowBatch from = Objects.requireNonNull(source);
                if (from.isLegacy() != ofLegacy || (rows.rows() == 0 && isWantedWhole(from))) {
                    break;
                }
                take(from, sourceRow, rows);
                sourceRow++;
            }
            return rows.rows() == 0 ? null : rows.build();
        }
    }

    /** Makes {@code sourceRow} a row of {@code source}; false at the end of the view. */
    private boolean advance() throws IOException {
        while (source == null || sourceRow == source.rows()) {
            if (source != null) {
                source.close();
                source = null;
            }
            sourceRow = 0;
            source = nextSource();
            if (source == null) {
                return false;
            }
        }
        return true;
    }

    private @Nullable RowBatch nextSource() throws IOException {
        if (recalled) {
            letGo();
        }
        PinnedView from = view;
        if (from == null) {
            from = pinAnew();
        }
        RowBatch next = from.next();
        if (from.hasEndedLegacy()) {
            position = new Position(Math.max(position.legacy(), legacyEnd), position.sequence());
        }
        return next;
    }

    private PinnedView pinAnew() throws IOException {
        PinnedView.Pinned pinned = pinning.pin();
        try {
            recalled = false;
            pinnedAt = clock.instant();
            PinnedView anew = new PinnedView(pinned, read, position, legacyEnd, end, request, memory);
            view = anew;
            return anew;
        } catch (IOException | RuntimeException e) {
            pinned.tail().close();
            throw e;
        }
    }

    /** When the view was pinned that it has now, or had last. */
    Instant pinnedAt() {
        return pinnedAt;
    }

    /**
     * Asks the view back: it goes at once where nobody reads just now, else before more is read of it. Never while something
     * is read from what it keeps.
     *
     * @return whether it went
     */
    boolean recall() throws IOException {
        recalled = true;
        if (!turn.tryLock()) {
            return false;
        }
        try {
            boolean had = view != null;
            letGo();
            return had;
        } finally {
            turn.unlock();
        }
    }

    /** What was read of it and not given yet is read again. */
    private void letGo() throws IOException {
        PinnedView gone = view;
        view = null;
        if (source != null) {
            source.close();
            source = null;
        }
        if (gone != null) {
            gone.close();
        }
    }

    /** Whether a batch is what the reader wants as it is, so that none of its rows has to be copied. */
    private boolean isWantedWhole(RowBatch from) {
        return sourceRow == 0
                && !isFiltered()
                && from.dataset().equals(given)
                && from.rows() <= request.batchRows()
                && from.bytesOf(from.rows() - 1) < request.batchBytes()
                && isAhead(from, 0)
                && isWithin(from, from.rows() - 1)
                && isOfScope(from);
    }

    private boolean isOfScope(RowBatch from) {
        String partition = request.since().scope().partitionName();
        return partition == null || from.isOf(partition);
    }

    private boolean isAhead(RowBatch from, int row) {
        return from.place(row) > (from.isLegacy() ? position.legacy() : position.sequence());
    }

    private boolean isWithin(RowBatch from, int row) {
        return from.place(row) <= (from.isLegacy() ? legacyEnd : end.value());
    }

    private void take(RowBatch from, int row, BatchBuilder rows) {
        if (!isAhead(from, row) || !isWithin(from, row)) {
            return;
        }
        position = from.behind(row, position);
        String partition = request.since().scope().partitionName();
        if ((partition == null || partition.equals(from.partitionName(row)))
                && request.filter().keeps(from, row)) {
            rows.add(from, row);
        }
    }

    @Override
    public Continuation after() {
        Continuation since = request.since();
        if (!ended || position.sequence() >= end.value()) {
            return since.at(position);
        }
        return since.at(new Position(position.legacy(), end.value()));
    }

    @Override
    public void close() throws IOException {
        turn.lock();
        try {
            open = false;
            closed.run();
            letGo();
        } finally {
            turn.unlock();
        }
    }
}
