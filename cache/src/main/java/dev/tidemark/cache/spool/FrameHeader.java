// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The 64 bytes that say what a frame is, as {@link SpoolSegment} tells them.
 *
 * <p>The checksum is over the frame's offset too, so that bytes count only where they were written.
 *
 * @param synced the offset up to which fdatasync had returned when the frame was written
 * @param headCrc of the body up to the values
 */
record FrameHeader(Frame frame, long synced, int headCrc, int bodyCrc) {
    static final int BYTES = 64;
    private static final int MAGIC = 0x544D4652;
    private static final byte CLOSES_APPEND = 1;
    private static final int CRC_OFFSET = 60;

    void write(ByteBuffer target) {
        Stamp stamp = frame.stamp();
        target.putInt(0, MAGIC)
                .put(4, stamp.kind().code())
                .put(5, stamp.closesAppend() ? CLOSES_APPEND : 0)
                .putShort(6, (short) stamp.number())
                .putInt(8, (int) frame.segment())
                .putInt(12, (int) (synced / SpoolSegment.ALIGNMENT))
                .putLong(16, stamp.first())
                .putInt(24, stamp.rows())
                .putInt(28, frame.bodyBytes())
                .putLong(32, stamp.before())
                .putInt(40, headCrc)
                .putInt(44, bodyCrc)
                .putLong(48, stamp.timeMicros())
                .putInt(56, stamp.version());
        target.putInt(CRC_OFFSET, crc(target, frame.offset()));
    }

    /** What the first 64 bytes say, when they were written at this offset of this segment; null when they were not. */
    static @Nullable FrameHeader read(ByteBuffer source, long segment, long offset) {
        if (source.getInt(0) != MAGIC
                || source.getInt(CRC_OFFSET) != crc(source, offset)
                || source.getInt(8) != (int) segment
                || source.getInt(28) < 0) {
            return null;
        }
        for (Frame.Kind kind : Frame.Kind.values()) {
            if (kind.code() == source.get(4)) {
                Stamp stamp = new Stamp(
                        kind,
                        (source.get(5) & CLOSES_APPEND) != 0,
                        Short.toUnsignedInt(source.getShort(6)),
                        source.getLong(16),
                        source.getInt(24),
                        source.getLong(32),
                        source.getLong(48),
                        source.getInt(56));
                return new FrameHeader(
                        new Frame(segment, offset, source.getInt(28), stamp),
                        Integer.toUnsignedLong(source.getInt(12)) * SpoolSegment.ALIGNMENT,
                        source.getInt(40),
                        source.getInt(44));
            }
        }
        return null;
    }

    /** What 64 bytes say that were repeated from the frame which ends at {@code end}; null when they are none. */
    static @Nullable FrameHeader readBefore(ByteBuffer source, long segment, long end) {
        int bodyBytes = source.getInt(28);
        return bodyBytes < 0 ? null : read(source, segment, end - SpoolSegment.framed(bodyBytes));
    }

    private static int crc(ByteBuffer bytes, long offset) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, offset));
        crc.update(bytes.slice(0, CRC_OFFSET));
        return (int) crc.getValue();
    }
}
