// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.util.VectorSchemaRootAppender;
import org.jspecify.annotations.Nullable;

/**
 * One dataset's unflushed rows as they were at one moment, with the horizon of that moment; segments stay while it is
 * open.
 */
public final class SpoolPin implements AutoCloseable {
    private final Disk disk;
    private final Spool spool;
    private final Segments segments;
    private final Losses losses;
    private final Dataset dataset;
    private final Sequence horizon;
    private final long accepted;
    private final List<UnflushedFrame> tail;
    // A pin reads through files of its own: whoever is interrupted while reading closes only them.
    private final Map<Long, SpoolSegment> opened = new HashMap<>();
    private boolean open = true;

    SpoolPin(
            Disk disk,
            Spool spool,
            Segments segments,
            Losses losses,
            Dataset dataset,
            Sequence horizon,
            long accepted,
            List<UnflushedFrame> tail) {
        this.disk = disk;
        this.spool = spool;
        this.segments = segments;
        this.losses = losses;
        this.dataset = dataset;
        this.horizon = horizon;
        this.accepted = accepted;
        this.tail = tail;
    }

    /** The newest schema at the horizon. */
    public Dataset dataset() {
        return dataset;
    }

    public Sequence horizon() {
        return horizon;
    }

    /** Rows of the dataset that had been acknowledged. */
    public long accepted() {
        return accepted;
    }

    /** Frames with rows after one sequence, ascending. */
    public List<UnflushedFrame> framesAfter(Sequence since) {
        return tail.stream().filter(each -> each.last().isAfter(since)).toList();
    }

    /**
     * The rows of one element, in the schema that they were written in; the caller closes the batch.
     *
     * <p>Rows that the disk has lost are not among them, and are kept apart when this returns; there may be none left.
     */
    public RowBatch rows(UnflushedFrame unflushed, BufferAllocator memory) throws IOException {
        return rows(unflushed, unflushed.schema(), memory);
    }

    /** When the first rows of one element came; empty when the disk has lost that. */
    public Optional<Instant> came(UnflushedFrame unflushed) throws IOException {
        SpoolSegment segment = opened(unflushed.segment());
        ByteBuffer bytes = segment.bytes(unflushed.offset(), FrameHeader.BYTES);
        FrameHeader header = bytes.capacity() < FrameHeader.BYTES
                ? null
                : FrameHeader.read(bytes, unflushed.segment(), unflushed.offset());
        return Optional.ofNullable(header)
                .map(known -> Instant.EPOCH.plus(known.frame().stamp().timeMicros(), ChronoUnit.MICROS));
    }

    private SpoolSegment opened(long id) throws IOException {
        SpoolSegment segment = opened.get(id);
        if (segment == null) {
            segment = SpoolSegment.read(disk, segments.path(id));
            opened.put(id, segment);
        }
        return segment;
    }

    /** The rows of one element in the schema that they were written in, with the columns of {@code wanted} only. */
    public RowBatch rows(UnflushedFrame unflushed, Dataset wanted, BufferAllocator memory) throws IOException {
        SpoolSegment segment = opened(unflushed.segment());
        RowsOf rows = new RowsOf(unflushed.schema(), wanted, memory);
        try {
            new ElementReader(segment, losses).read(unflushed, rows);
            return rows.all();
        } catch (IOException | RuntimeException | Error e) {
            rows.close();
            throw e;
        }
    }

    /** Gathers frames into one batch. */
    private static final class RowsOf implements ElementReader.Taker {
        private final Dataset schema;
        private final Dataset wanted;
        private final BufferAllocator memory;
        private @Nullable RowBatch rows;

        RowsOf(Dataset schema, Dataset wanted, BufferAllocator memory) {
            this.schema = schema;
            this.wanted = wanted;
            this.memory = memory;
        }

        @Override
        public void take(FrameHeader header, ByteBuffer body) {
            RowBatch more = RowsBody.rows(body, header.frame().stamp(), schema, wanted, memory);
            rows = rows == null ? more : append(rows, more, memory);
        }

        RowBatch all() {
            return rows == null ? RowBatch.readable(schema.sharedWith(wanted), memory) : rows;
        }

        void close() {
            if (rows != null) {
                rows.close();
            }
        }
    }

    private static RowBatch append(RowBatch rows, RowBatch more, BufferAllocator memory) {
        if (rows.hasOrigins() != more.hasOrigins()) {
            RowBatch all = rows.withOrigins(memory);
            return append(all, more.withOrigins(memory), memory);
        }
        try (more) {
            VectorSchemaRootAppender.append(rows.vectors(), more.vectors());
            return rows;
        }
    }

    @Override
    public void close() throws IOException {
        if (open) {
            open = false;
            segments.unpin(tail);
            for (SpoolSegment segment : opened.values()) {
                segment.close();
            }
            spool.dropUnused(); // Who leaves last puts out the light: a flush may have gone by under this pin.
        }
    }
}
