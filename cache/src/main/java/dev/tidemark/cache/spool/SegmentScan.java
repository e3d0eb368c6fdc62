// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of a segment one after the other, and goes on behind damage.
 *
 * <p>A damaged header is known from what the next frame repeats of it, so only a damaged body is lost. Where several
 * frames in a row are damaged, the last of them is known, and those before it are a region without a header. Whether damage is
 * a torn end, which nobody was promised, the caller decides: by {@link #proven}.
 */
final class SegmentScan {
    private static final int CHUNK_BYTES = 1 << 20;

    private final SegmentBytes segment;
    private final long limit;
    private final @Nullable ByteBuffer last;
    private long at;
    private long proven;
    private int repaired;

    /** What is read from: a segment, or the part of one that is of interest. */
    interface SegmentBytes {
        long id();

        /** As many bytes from an offset as there are, at most so many. */
        ByteBuffer bytes(long offset, int count) throws IOException;
    }

    /** What lies at one place. */
    sealed interface Found {
        long offset();

        long end();
    }

    /** A frame as it was written. */
    record Whole(FrameHeader header, ByteBuffer body) implements Found {
        @Override
        public long offset() {
            return header.frame().offset();
        }

        @Override
        public long end() {
            return header.frame().end();
        }
    }

    /** Bytes that are not what was written: of one frame, when its header is known, else of some. */
    record Broken(long offset, long end, @Nullable FrameHeader header) implements Found {}

    /**
     * @param limit where the frames end, or where they must have ended
     * @param last what repeats the frame that ends at {@code limit}, where that is known
     */
    SegmentScan(SegmentBytes segment, long from, long limit, @Nullable ByteBuffer last) {
        this.segment = new ReadAhead(segment, limit);
        this.limit = limit;
        this.last = last;
        this.at = from;
    }

    /** The next frame or damage; null where nothing more can be found. */
    @Nullable
    Found next() throws IOException {
        FrameHeader own = ownHeader(at);
        if (own == null) {
            return damaged();
        }
        return take(own);
    }

    /** The highest offset up to which, as a frame that was read says, everything had been synced. */
    long proven() {
        return proven;
    }

    /** Where the next frame would begin. */
    long at() {
        return at;
    }

    /** How many frames were read that were damaged where it costs nothing. */
    int repaired() {
        return repaired;
    }

    private @Nullable FrameHeader ownHeader(long offset) throws IOException {
        ByteBuffer bytes = segment.bytes(offset, FrameHeader.BYTES);
        FrameHeader header =
                bytes.capacity() < FrameHeader.BYTES ? null : FrameHeader.read(bytes, segment.id(), offset);
        return header == null || header.frame().end() > limit ? null : header;
    }

    private Found take(FrameHeader header) throws IOException {
        Frame frame = header.frame();
        at = frame.end();
        proven = Math.max(proven, header.synced());
        ByteBuffer body = segment.bytes(frame.offset() + SpoolSegment.FRAME_HEADER_BYTES, frame.bodyBytes());
        boolean isRight = SpoolSegment.crc(body) == header.bodyCrc();
        if (!isRight && frame.stamp().kind() == Frame.Kind.SCHEMA && SchemaBody.decode(body) != null) {
            repaired++;
            isRight = true;
        }
        return isRight ? new Whole(header, body) : new Broken(frame.offset(), at, header);
    }

    /** Looks behind a header that is not right for what says which one it was. */
    private @Nullable Found damaged() throws IOException {
        long from = at;
        long next = nextHeader(from + SpoolSegment.ALIGNMENT);
        if (next == limit && last == null) {
            return null;
        }
        ByteBuffer repeat =
                next == limit && last != null ? last : segment.bytes(next + FrameHeader.BYTES, FrameHeader.BYTES);
        FrameHeader before =
                repeat.remaining() < FrameHeader.BYTES ? null : FrameHeader.readBefore(repeat, segment.id(), next);
        if (next < limit) {
            FrameHeader own = ownHeader(next);
            proven = own == null ? proven : Math.max(proven, own.synced());
        }
        if (before == null || before.frame().offset() < from) {
            at = next;
            return from < next ? new Broken(from, next, null) : null;
        }
        if (before.frame().offset() > from) {
            at = before.frame().offset();
            return new Broken(from, at, null);
        }
        Found found = take(before);
        if (found instanceof Whole) {
            repaired++;
        }
        return found;
    }

    /** The next place with a header of its own, or the limit. */
    private long nextHeader(long from) throws IOException {
        for (long chunk = from; chunk < limit; chunk += CHUNK_BYTES) {
            ByteBuffer bytes = segment.bytes(
                    chunk, (int) Math.min(CHUNK_BYTES + (long) FrameHeader.BYTES, Math.max(0, limit - chunk)));
            int end = Math.min(CHUNK_BYTES, bytes.capacity() - FrameHeader.BYTES + 1);
            for (int i = 0; i < end; i += SpoolSegment.ALIGNMENT) {
                if (FrameHeader.read(bytes.slice(i, FrameHeader.BYTES), segment.id(), chunk + i) != null
                        && ownHeader(chunk + i) != null) {
                    return chunk + i;
                }
            }
        }
        return limit;
    }
}
