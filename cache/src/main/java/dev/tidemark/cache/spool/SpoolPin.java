// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.spool.SegmentScan.Broken;
import dev.tidemark.cache.spool.SegmentScan.Found;
import dev.tidemark.cache.spool.SegmentScan.Whole;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.util.VectorSchemaRootAppender;

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

    /** The rows of one element in the schema that they were written in, with the columns of {@code wanted} only. */
    public RowBatch rows(UnflushedFrame unflushed, Dataset wanted, BufferAllocator memory) throws IOException {
        SpoolSegment segment = opened.get(unflushed.segment());
        if (segment == null) {
            segment = SpoolSegment.read(disk, segments.path(unflushed.segment()));
            opened.put(unflushed.segment(), segment);
        }
        SegmentScan scan =
                new SegmentScan(segment, unflushed.offset(), unflushed.end(), segment.repeatOf(unflushed.end()));
        RowBatch rows = null;
        long told = 0;
        Broken region = null;
        try {
            for (Found found = scan.next(); found != null; found = scan.next()) {
                switch (found) {
                    case Whole(FrameHeader header, ByteBuffer body)
                    when isOf(unflushed, header) -> {
                        if (!losses.has(header.frame())) {
                            RowBatch more =
                                    RowsBody.rows(body, header.frame().stamp(), unflushed.schema(), wanted, memory);
                            rows = rows == null ? more : append(rows, more, memory);
                        }
                        told += header.frame().rows();
                    }
                    case Broken(long from, long to, FrameHeader header) when header == null -> region = (Broken) found;
                    case Broken(long from, long to, FrameHeader header)
                    when isOf(unflushed, header) -> {
                        lose(segment, header, unflushed.schema());
                        told += header.frame().rows();
                    }
                    default -> {} // Another dataset's.
                }
            }
            if (told < unflushed.rows()) {
                Broken where = region == null ? new Broken(scan.at(), unflushed.end(), null) : region;
                loseRest(segment, unflushed, where, unflushed.rows() - told);
            }
            if (told > unflushed.rows()) {
                throw new CorruptDataException(
                        segment.path(), unflushed.offset(), "it has other rows than were written");
            }
            return rows == null ? RowBatch.readable(unflushed.schema().sharedWith(wanted), memory) : rows;
        } catch (IOException | RuntimeException | Error e) {
            if (rows != null) {
                rows.close();
            }
            throw e;
        }
    }

    private static boolean isOf(UnflushedFrame unflushed, FrameHeader header) {
        Stamp stamp = header.frame().stamp();
        return stamp.kind() == Frame.Kind.ROWS && stamp.number() == unflushed.number();
    }

    private void lose(SpoolSegment segment, FrameHeader header, Dataset schema) throws IOException {
        if (!losses.has(header.frame())) {
            RowsBody head = Losses.head(segment, header);
            losses.lose(segment, header.frame(), Losses.counted(head, schema.name(), schema, header.frame()));
        }
    }

    private void loseRest(SpoolSegment segment, UnflushedFrame unflushed, Broken where, long rows) throws IOException {
        SealedSegment.Region lost = SealedSegment.Region.of(
                segment, where, unflushed.first().value(), unflushed.last().value());
        if (!losses.has(lost, unflushed.schema())) {
            losses.loseRegion(lost, unflushed.schema(), rows);
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
