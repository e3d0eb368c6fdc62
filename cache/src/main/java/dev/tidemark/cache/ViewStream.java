// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.spool.SpoolPin;
import dev.tidemark.cache.spool.UnflushedFrame;
import dev.tidemark.cache.table.SequenceScan;
import dev.tidemark.cache.table.TableView;
import java.io.IOException;
import java.util.Iterator;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one view: the table's legacy rows, then those with sequences, then those of the spool's tail that the table
 * does not have (I6, LLP 0004).
 *
 * <p>The tail was pinned before the table was read, so a flush in between moves rows from the one to the other and
 * hides none: the table is believed up to its own "flushed through", or up to the pinned horizon when that is less,
 * and the tail from there.
 */
final class ViewStream implements RowStream {
    private final ReadRequest request;
    private final SpoolPin pin;

    /** The columns that are looked at, and those of them that the reader gets: a filter may look at any. */
    private final Dataset read;

    private final Dataset given;
    private final Runnable release;
    private final SequenceScan legacy;
    private final SequenceScan scan;
    private final Iterator<UnflushedFrame> frames;
    private final long legacyEnd;
    private final Sequence end;
    private final BufferAllocator memory;
    private @Nullable RowBatch source;
    private int sourceRow;
    private Position position;
    private boolean legacyEnded;
    private boolean ended;

    /** @param dataset the one schema of the view, as new as any of its rows */
    ViewStream(ReadRequest request, Dataset dataset, SpoolPin pin, TableView table, BufferAllocator memory)
            throws IOException {
        this.request = request;
        this.pin = pin;
        this.memory = memory;
        this.given = request.columns() == null ? dataset : dataset.only(request.columns());
        this.read = isFiltered() ? dataset : given;
        this.position = request.since().position();
        Sequence since = new Sequence(position.sequence());
        this.legacyEnd = Math.min(table.legacyHead(), request.legacyThrough());
        this.end = least(pin.horizon(), request.through());
        this.legacy =
                table.scanLegacy(read, position.legacy(), legacyEnd, request.batchRows(), request.batchBytes(), memory);
        this.scan = table.scan(
                read, since, least(table.flushedThrough(), end), request.batchRows(), request.batchBytes(), memory);
        this.frames = pin.framesAfter(since.isAfter(table.flushedThrough()) ? since : table.flushedThrough())
                .iterator();
        this.release = table.pin();
    }

    private boolean isFiltered() {
        return !request.filter().equals(RowFilter.ALL);
    }

    private static Sequence least(Sequence one, Sequence other) {
        return one.isAfter(other) ? other : one;
    }

    @Override
    public @Nullable RowBatch next() throws IOException {
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
        if (!legacyEnded) {
            RowBatch next = legacy.next();
            if (next != null) {
                return next;
            }
            legacyEnded = true;
            position = new Position(Math.max(position.legacy(), legacyEnd), position.sequence());
        }
        RowBatch next = scan.next();
        if (next != null || !frames.hasNext()) {
            return next;
        }
        UnflushedFrame frame = frames.next();
        return frame.first().isAfter(end) ? null : pin.rows(frame, read, memory);
    }

    /** Whether a batch is what the reader wants as it is, so that none of its rows has to be copied. */
    private boolean isWantedWhole(RowBatch from) {
        return sourceRow == 0
                && request.since().scope().partitionName() == null
                && !isFiltered()
                && from.dataset().equals(given)
                && from.rows() <= request.batchRows()
                && from.bytesOf(from.rows() - 1) < request.batchBytes()
                && isAhead(from, 0)
                && isWithin(from, from.rows() - 1);
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
        try (pin;
                legacy;
                scan) {
            release.run();
            if (source != null) {
                source.close();
            }
        }
    }
}
