// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.spool.SegmentScan.Broken;
import dev.tidemark.cache.spool.SegmentScan.Found;
import dev.tidemark.cache.spool.SegmentScan.Whole;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads the frames of one element of a tail, and has it kept when some of them are damaged. */
final class ElementReader {
    private final SpoolSegment segment;
    private final Losses losses;

    /** Takes a frame with a body that is as it was written. */
    @FunctionalInterface
    interface Taker {
        void take(FrameHeader header, ByteBuffer body) throws IOException;
    }

    ElementReader(SpoolSegment segment, Losses losses) {
        this.segment = segment;
        this.losses = losses;
    }

    /** Hands on, in order, what was not lost of an element; what is lost is kept apart when this returns. */
    void read(UnflushedFrame element, Taker taker) throws IOException {
        SegmentScan scan = new SegmentScan(segment, element.offset(), element.end(), segment.repeatOf(element.end()));
        long told = 0;
        Broken region = null;
        for (Found found = scan.next(); found != null; found = scan.next()) {
            switch (found) {
                case Whole(FrameHeader header, ByteBuffer body)
                when isOf(element, header) -> {
                    if (!losses.has(header.frame())) {
                        taker.take(header, body);
                    }
                    told += header.frame().rows();
                }
                case Broken(long from, long to, FrameHeader header) when header == null -> region = (Broken) found;
                case Broken(long from, long to, FrameHeader header)
                when isOf(element, header) -> {
                    lose(header, element.schema());
                    told += header.frame().rows();
                }
                default -> {} // Another dataset's.
            }
        }
        if (told < element.rows()) {
            Broken where = region == null ? new Broken(scan.at(), element.end(), null) : region;
            loseRest(element, where, element.rows() - told);
        }
        if (told > element.rows()) {
            throw new CorruptDataException(segment.path(), element.offset(), "it has other rows than were written");
        }
    }

    private static boolean isOf(UnflushedFrame element, FrameHeader header) {
        Stamp stamp = header.frame().stamp();
        return stamp.kind() == Frame.Kind.ROWS && stamp.number() == element.number();
    }

    private void lose(FrameHeader header, Dataset schema) throws IOException {
        if (!losses.has(header.frame())) {
            RowsBody head = Losses.head(segment, header);
            losses.lose(segment, header.frame(), losses.counted(head, schema.name(), schema, header.frame()));
        }
    }

    private void loseRest(UnflushedFrame element, Broken where, long rows) throws IOException {
        SealedSegment.Region lost = SealedSegment.Region.of(
                segment, where, element.first().value(), element.last().value());
        if (!losses.has(lost, element.schema())) {
            losses.loseRegion(lost, element.schema(), rows);
        }
    }
}
