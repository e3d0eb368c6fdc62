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
 * The rows of one view: the table's, then those of the spool's tail that the table does not have (I6, LLP 0004).
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
    private final SequenceScan scan;
    private final Iterator<UnflushedFrame> frames;
    private final Sequence end;
    private final BufferAllocator memory;
    private @Nullable RowBatch source;
    private int sourceRow;
    private Position position;
    private boolean ended;

    ViewStream(ReadRequest request, SpoolPin pin, TableView table, BufferAllocator memory) throws IOException {
        this.request = request;
        this.pin = pin;
        this.memory = memory;
        this.given = request.columns() == null ? pin.dataset() : pin.dataset().only(request.columns());
        this.read = isFiltered() ? pin.dataset() : given;
        this.position = request.since().position();
        Sequence since = new Sequence(position.sequence());
        this.end = least(pin.horizon(), request.through());
        this.scan = table.scan(
                read, since, least(table.flushedThrough(), end), request.batchRows(), request.batchBytes(), memory);
        this.frames = pin.framesAfter(since.isAfter(table.flushedThrough()) ? since : table.flushedThrough())
                .iterator();
    }

    private boolean isFiltered() {
        return !request.filter().equals(RowFilter.ALL);
    }

    private static Sequence least(Sequence one, Sequence other) {
        return one.isAfter(other) ? other : one;
    }

    @Override
    public @Nullable RowBatch next() throws IOException {
        try (BatchBuilder rows = new BatchBuilder(given, memory)) {
            while (rows.rows() < request.batchRows() && rows.bytes() < request.batchBytes() && advance()) {
                RowBatch from = Objects.requireNonNull(source);
                if (rows.rows() == 0 && isWantedWhole(from)) {
                    source = null;
                    position = new Position(
                            position.legacy(), from.sequence(from.rows() - 1).value());
                    return from;
                }
                take(from, sourceRow, rows);
                sourceRow++;
            }
            if (rows.rows() == 0) {
                ended = true;
                return null;
            }
            return rows.build();
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
            source = scan.next();
            if (source == null) {
                if (!frames.hasNext()) {
                    return false;
                }
                UnflushedFrame frame = frames.next();
                if (frame.first().isAfter(end)) {
                    return false;
                }
                source = pin.rows(frame, read, memory);
            }
        }
        return true;
    }

    /** Whether a batch is what the reader wants as it is, so that none of its rows has to be copied. */
    private boolean isWantedWhole(RowBatch from) {
        return sourceRow == 0
                && request.since().scope().partitionName() == null
                && !isFiltered()
                && from.dataset().equals(given)
                && from.rows() <= request.batchRows()
                && from.bytesOf(from.rows() - 1) < request.batchBytes()
                && from.sequence(0).value() > position.sequence()
                && from.sequence(from.rows() - 1).value() <= end.value();
    }

    private void take(RowBatch from, int row, BatchBuilder rows) {
        long sequence = from.sequence(row).value();
        if (sequence <= position.sequence() || sequence > end.value()) {
            return;
        }
        position = new Position(position.legacy(), sequence);
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
                scan) {
            if (source != null) {
                source.close();
            }
        }
    }
}
