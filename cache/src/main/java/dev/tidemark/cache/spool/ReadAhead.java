// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads a segment in large pieces for whoever goes through it frame by frame. */
final class ReadAhead implements SegmentScan.SegmentBytes {
    private static final int PIECE_BYTES = 1 << 20;

    private final SegmentScan.SegmentBytes segment;
    private final long limit;
    private ByteBuffer piece = ByteBuffer.allocate(0);
    private long pieceAt;

    /** Nothing from {@code limit} on is read before it is asked for. */
    ReadAhead(SegmentScan.SegmentBytes segment, long limit) {
        this.segment = segment;
        this.limit = limit;
    }

    @Override
    public long id() {
        return segment.id();
    }

    @Override
    public ByteBuffer bytes(long offset, int count) throws IOException {
        if (!has(offset, count)) {
            long wanted = Math.min(PIECE_BYTES, limit - offset);
            if (count > wanted) {
                return segment.bytes(offset, count);
            }
            piece = segment.bytes(offset, (int) wanted);
            pieceAt = offset;
        }
        return has(offset, count) ? piece.slice((int) (offset - pieceAt), count) : segment.bytes(offset, count);
    }

    private boolean has(long offset, int count) {
        return offset >= pieceAt && offset + count <= pieceAt + piece.capacity();
    }
}
