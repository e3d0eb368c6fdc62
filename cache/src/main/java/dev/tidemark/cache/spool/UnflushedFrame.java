// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;
import java.util.List;

/**
 * Rows of one dataset that no table has: the frames of one append, or of several small ones that follow each other in a
 * segment, so that memory grows with the rows and not with the appends.
 *
 * @param number of the dataset within the segment
 * @param offset of the first frame's header
 * @param end of the last frame; frames of other datasets may lie between
 * @param bytes of the bodies
 */
public record UnflushedFrame(
        long segment,
        int number,
        long offset,
        long end,
        Dataset schema,
        Sequence first,
        Sequence last,
        int rows,
        int bytes,
        int frames) {
    private static final int ROWS_MAX = 1000;
    private static final int BYTES_MAX = 256 << 10;
    private static final long SPAN_MAX = 1 << 20;

    static UnflushedFrame of(Frame frame, Dataset schema) {
        return new UnflushedFrame(
                frame.segment(),
                frame.stamp().number(),
                frame.offset(),
                frame.end(),
                schema,
                new Sequence(frame.first()),
                frame.last(),
                frame.rows(),
                frame.bodyBytes(),
                1);
    }

    boolean takes(Frame frame, Dataset other) {
        return frame.segment() == segment
                && other.version() == schema.version()
                && rows + (long) frame.rows() <= ROWS_MAX
                && bytes + (long) frame.bodyBytes() <= BYTES_MAX
                && frame.end() - offset <= SPAN_MAX;
    }

    UnflushedFrame with(Frame frame) {
        return new UnflushedFrame(
                segment,
                number,
                offset,
                frame.end(),
                schema,
                first,
                frame.last(),
                rows + frame.rows(),
                bytes + frame.bodyBytes(),
                frames + 1);
    }

    /** How many of the rows the disk has lost. */
    public long lost(List<Damage> damages) {
        return damages.stream()
                .filter(damage -> damage.segment() == segment && damage.offset() >= offset && damage.offset() < end)
                .mapToLong(Damage::rows)
                .sum();
    }
}
