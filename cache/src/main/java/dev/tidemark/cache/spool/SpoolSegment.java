// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one spool file: a header, then frames, each on a 64-byte boundary, then zeros up to the footer at the
 * preallocated end. In a file that was another segment before, what lies between is what that left, but for 64 zeros
 * behind the last frame.
 *
 * <pre>
 * 0000000000000000007.spool
 *
 * offset  segment header, 64 bytes              offset  frame header, 128 bytes
 *  0      "TIDESPL2"                              0     "TMFR"
 *  8      version, int32                          4     kind, int8: 1 schema, 2 rows, 3 lost
 * 12      –                                       5     flags, int8: 1 = the last frame of its append
 * 16      id, int64                               6     number of the dataset within the segment, int16
 * 24      id of the segment it was copied from    8     segment id, int32
 * 32      bytes of the whole file, int64         12     synced: offset up to which fdatasync had returned, / 64, int32
 * 60      CRC-32C of bytes 0–59                  16     first sequence, int64
 *                                                24     rows, int32
 * footer of a sealed segment, in its last        28     body bytes, int32
 * 128 bytes                                      32     rows of the dataset that were accepted before, int64
 *  0      "TMFOOT02"                             40     CRC-32C of the body up to the values
 *  8      version, int32                         44     CRC-32C of the body
 * 16      segment id, int64                      48     when the rows came, microseconds since 1970, int64
 * 24      end of the frames, int64               56     schema version, int32
 * 32      where the summary is, int64            60     CRC-32C of this frame's offset, int64, and of bytes 0–59
 * 40      its bytes, int32, and its CRC-32C      64     bytes 0–63 of the frame before, or of the segment header
 * 48      bytes of the keys behind it, and CRC  128     the body, then zeros up to the next frame
 * 56      how many keys, int32
 * 60      CRC-32C of bytes 0–59
 * 64      bytes 0–63 of the last frame, or of the segment header; until it is sealed, the segment header
 * </pre>
 *
 * <p>All numbers are big-endian but within a body. A schema frame's body is {@link SchemaBody}, a rows frame's is {@link
 * RowsBody} and then {@link Columns}, a lost frame's only {@link RowsBody}; summary and keys are {@link SummaryBytes}.
 * This is the second append of {@code {"who":"eu","n":7}} to a dataset {@code logs} that is partitioned by {@code who}.
 *
 * <pre>
 * 544d 4652 0201 0001 0000 0001 .... ....   TMFR, rows, last of its append, dataset 1, segment 1, synced
 * 0000 0000 0000 0002 0000 0001 0000 0019   sequence 2, 1 row, 25 bytes of body
 * 0000 0000 0000 0001 .... .... .... ....   1 row before; CRC of the head, CRC of the body
 * .... .... .... .... 0000 0001 .... ....   time, schema version 1, CRC
 * 544d 4652 0201 0001 …                     the first 64 bytes of the frame before
 * 046c 6f67 7301 0265 7501 0000 0002 6575   logs; 1 partition: eu, 1 row, the last is row 0; no facts; who: no nulls, eu;
 * 0007 0000 0000 0000 00                    n: no nulls, 7; then zeros up to the next 64 bytes
 * </pre>
 *
 * <p>The frames of one append are contiguous and in one segment; the last one has the flag, and an append without it
 * never happened. A frame counts when its own CRC and its body's are right. Each header is there twice, the second time
 * in what follows it, so one that is damaged is known all the same. {@link SegmentScan} tells a torn end from damage.
 */
final class SpoolSegment implements Closeable, SegmentScan.SegmentBytes {
    static final String UNFINISHED = ".new";
    static final int ALIGNMENT = 64;
    static final int HEADER_BYTES = 64;
    static final int FRAME_HEADER_BYTES = 128;
    private static final int FOOTER_BYTES = 128;
    private static final long SEGMENT_MAGIC = 0x5449444553504C32L;
    private static final long FOOTER_MAGIC = 0x544D464F4F543032L;
    private static final int VERSION = 2;
    private static final int CRC_OFFSET = 60;
    private static final int ZEROS_BYTES = 1 << 20;
    private static final Pattern NAME = Pattern.compile("(\\d{19})\\.(spool|side)");
    /** Ids from here on are of the side log; what is left of one is the id of the segment whose rows it has. */
    private static final long SIDE = 1L << 40;

    private final DiskFile file;
    private final Path path;
    private final long id;
    private final long copyOf;
    private final long size;
    private long end;
    private long synced;
    /** What the next frame repeats: the first 64 bytes of the frame before it. */
    private ByteBuffer before;

    private SpoolSegment(DiskFile file, Path path, long id, long copyOf, long size, ByteBuffer header) {
        this.file = file;
        this.path = path;
        this.id = id;
        this.copyOf = copyOf;
        this.size = size;
        this.end = HEADER_BYTES;
        this.synced = HEADER_BYTES;
        this.before = header;
    }

    /** The file name of a segment. */
    static String name(long id) {
        return isSide(id) ? "%019d.side".formatted(originalOf(id)) : "%019d.spool".formatted(id);
    }

    /** The id in a segment's file name, or null when it is not one. */
    static @Nullable Long idOf(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (!name.matches()) {
            return null;
        }
        long id = Long.parseLong(name.group(1));
        return name.group(2).equals("side") ? sideOf(id) : id;
    }

    /** The id of the file of the side log that takes over from a segment. */
    static long sideOf(long segment) {
        return SIDE + segment;
    }

    static boolean isSide(long id) {
        return id >= SIDE;
    }

    /** The segment whose rows a file of the side log has. */
    static long originalOf(long side) {
        return side - SIDE;
    }

    /** Bytes that a frame with such a body takes. */
    static long framed(int bodyBytes) {
        return FRAME_HEADER_BYTES + align(bodyBytes);
    }

    /** The smallest segment that holds frames of this many bytes and a summary of at most so many. */
    static long sizeFor(long framedBytes, long summaryBytes) {
        return HEADER_BYTES + align(framedBytes) + align(summaryBytes) + FOOTER_BYTES;
    }

    /**
     * Makes a segment, lets it be filled, and gives it its name: when this returns it is on disk, whole.
     *
     * @param copyOf the segment whose accepted frames {@code filling} copies here, or 0
     */
    static SpoolSegment create(Disk disk, Path directory, long id, long copyOf, long size, Filling filling)
            throws IOException {
        SpoolSegment segment = unnamed(disk, directory, id, copyOf, size, filling);
        try {
            segment.giveName(disk, directory);
            return segment;
        } catch (IOException | RuntimeException e) {
            segment.close();
            throw e;
        }
    }

    /** Makes a segment and lets it be filled; it is nobody's until it is {@linkplain #giveName given its name}. */
    static SpoolSegment unnamed(Disk disk, Path directory, long id, long copyOf, long size, Filling filling)
            throws IOException {
        SpoolSegment segment = allocate(disk, unfinished(directory, id), directory.resolve(name(id)), id, copyOf, size);
        try {
            filling.fill(segment);
            segment.sync();
            return segment;
        } catch (IOException | RuntimeException e) {
            segment.close();
            throw e;
        }
    }

    /** Puts a segment that is on disk under its name, durably. */
    void giveName(Disk disk, Path directory) throws IOException {
        disk.rename(unfinished(directory, id), path);
        // durable: I1 spool.segment.directory
        disk.syncDirectory(directory);
    }

    private static Path unfinished(Path directory, long id) {
        return directory.resolve(name(id) + UNFINISHED);
    }

    /** What goes into a new segment before it has its name. */
    @FunctionalInterface
    interface Filling {
        void fill(SpoolSegment segment) throws IOException;
    }

    /** A file of the whole size, so that an append never asks the file system for room. */
    private static SpoolSegment allocate(Disk disk, Path unfinished, Path path, long id, long copyOf, long size)
            throws IOException {
        if (disk.exists(unfinished)) {
            disk.delete(unfinished);
        }
        try {
            try (DiskFile whole = disk.create(unfinished)) {
                ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(ZEROS_BYTES, size));
                for (long at = 0; at < size; at += zeros.capacity()) {
                    whole.write(zeros.clear().limit((int) Math.min(zeros.capacity(), size - at)), at);
                }
            }
            return begin(disk, unfinished, path, id, copyOf, size);
        } catch (IOException | RuntimeException e) {
            giveBack(disk, unfinished, e);
            throw e;
        }
    }

    /**
     * Makes a segment of a spare file of the same size; it is nobody's until it is {@linkplain #giveName given its name}.
     * What is left in the file has been written for a lower id, and counts nowhere.
     */
    static SpoolSegment again(Disk disk, Path directory, Path spare, long id, long size) throws IOException {
        Path unfinished = unfinished(directory, id);
        disk.rename(spare, unfinished);
        SpoolSegment segment = begin(disk, unfinished, directory.resolve(name(id)), id, 0, size);
        try {
            // durable: I1 spool.spare.sync
            segment.file.sync();
            return segment;
        } catch (IOException | RuntimeException e) {
            segment.close();
            throw e;
        }
    }

    /**
     * Opens a file of the right size, and writes the header at both ends, with zeros beside it where a frame or a footer
     * would be. Producers will write here, and nobody answers for who interrupts them.
     */
    private static SpoolSegment begin(Disk disk, Path unfinished, Path path, long id, long copyOf, long size)
            throws IOException {
        ByteBuffer header = header(id, copyOf, size);
        ByteBuffer first =
                ByteBuffer.allocate(HEADER_BYTES + FRAME_HEADER_BYTES).put(0, header, 0, HEADER_BYTES);
        ByteBuffer last = ByteBuffer.allocate(FOOTER_BYTES).put(FOOTER_BYTES - HEADER_BYTES, header, 0, HEADER_BYTES);
        DiskFile file = disk.openSteady(unfinished);
        try {
            file.write(last, size - FOOTER_BYTES);
            file.write(first, 0);
            return new SpoolSegment(file, path, id, copyOf, size, header);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** What a full disk took of a segment would keep it full. */
    private static void giveBack(Disk disk, Path unfinished, Exception failure) {
        try {
            disk.delete(unfinished);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Opens a segment for reading. A header that is damaged is taken from what the first frame repeats of it.
     *
     * @throws CorruptDataException when it is no segment, is of another version, or is not as long as it was made
     */
    static SpoolSegment read(Disk disk, Path path) throws IOException {
        DiskFile file = disk.read(path);
        try {
            ByteBuffer header = bytesAt(file, 0, HEADER_BYTES);
            if (!isHeader(header)) {
                header = bytesAt(file, HEADER_BYTES + FrameHeader.BYTES, HEADER_BYTES);
            }
            if (!isHeader(header)) {
                header = bytesAt(file, file.size() - HEADER_BYTES, HEADER_BYTES);
            }
            Long named = idOf(path);
            if (!isHeader(header)) {
                throw new CorruptDataException(path, 0, "it does not begin as a spool segment does");
            }
            if (header.getInt(8) != VERSION) {
                throw new CorruptDataException(
                        path, 8, "it has version " + header.getInt(8) + ", this program reads version " + VERSION);
            }
            if (named == null || named != header.getLong(16)) {
                throw new CorruptDataException(path, 16, "it is segment " + header.getLong(16) + " by its header");
            }
            if (file.size() != header.getLong(32)) {
                throw new CorruptDataException(
                        path,
                        file.size(),
                        "it was made with " + header.getLong(32)
                                + " bytes, so rows may be gone: put the whole file back from a copy");
            }
            return new SpoolSegment(file, path, header.getLong(16), header.getLong(24), file.size(), header);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static boolean isHeader(ByteBuffer header) {
        return header.capacity() == HEADER_BYTES
                && header.getLong(0) == SEGMENT_MAGIC
                && header.getInt(CRC_OFFSET) == crc(header.slice(0, CRC_OFFSET));
    }

    private static ByteBuffer header(long id, long copyOf, long size) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.putLong(0, SEGMENT_MAGIC)
                .putInt(8, VERSION)
                .putLong(16, id)
                .putLong(24, copyOf)
                .putLong(32, size);
        return header.putInt(CRC_OFFSET, crc(header.slice(0, CRC_OFFSET)));
    }

    @Override
    public long id() {
        return id;
    }

    long copyOf() {
        return copyOf;
    }

    Path path() {
        return path;
    }

    long size() {
        return size;
    }

    /** Whether frames of so many bytes go in, and a summary of at most so many after them. */
    boolean fits(long framedBytes, long summaryBytes) {
        return end + framedBytes + align(summaryBytes) + FOOTER_BYTES <= size;
    }

    boolean isHalfFull() {
        return end > size / 2;
    }

    /** Writes a frame behind the others; it is durable after the next {@link #sync}. */
    Frame append(Stamp stamp, FrameBuffer buffer) throws IOException {
        Frame frame = new Frame(id, end, buffer.bodyBytes(), stamp);
        ByteBuffer bytes = buffer.bytes();
        new FrameHeader(frame, synced, buffer.headCrc(), buffer.bodyCrc()).write(bytes);
        bytes.put(FrameHeader.BYTES, before, 0, FrameHeader.BYTES);
        before = copy(bytes);
        file.write(bytes, end);
        end += buffer.framedBytes();
        return frame;
    }

    private static ByteBuffer copy(ByteBuffer header) {
        return ByteBuffer.allocate(FrameHeader.BYTES).put(0, header, 0, FrameHeader.BYTES);
    }

    void sync() throws IOException {
        // durable: I1 spool.append.sync
        file.sync();
        synced = end; // Acknowledged from here: a crash after this line keeps the rows.
    }

    /** The bytes that the last frame, or the segment header, is repeated by. */
    ByteBuffer last() {
        return before.duplicate();
    }

    /** Says behind the frames what they add up to; nothing is appended any more. Without room it is left out. */
    void seal(SegmentSummary summary) throws IOException {
        byte[] main = SummaryBytes.main(summary);
        byte[] keys = SummaryBytes.keys(summary);
        long at = size - FOOTER_BYTES - align(main.length + keys.length);
        if (at < end) {
            return; // Safe: a segment without a footer is read whole.
        }
        ByteBuffer footer = ByteBuffer.allocate(Math.toIntExact(size - at));
        footer.put(0, main).put(main.length, keys);
        ByteBuffer own = footer.slice(footer.capacity() - FOOTER_BYTES, FOOTER_BYTES);
        own.putLong(0, FOOTER_MAGIC)
                .putInt(8, VERSION)
                .putLong(16, id)
                .putLong(24, end)
                .putLong(32, at)
                .putInt(40, main.length)
                .putInt(44, crc(ByteBuffer.wrap(main)))
                .putInt(48, keys.length)
                .putInt(52, crc(ByteBuffer.wrap(keys)))
                .putInt(56, summary.keys());
        own.putInt(CRC_OFFSET, crc(own.slice(0, CRC_OFFSET)));
        own.put(FrameHeader.BYTES, before, 0, FrameHeader.BYTES);
        file.write(footer, at);
        // durable: I1 spool.footer.sync
        file.sync();
    }

    /** What a sealed segment says of itself; null when it says nothing, or what it says is damaged. */
    @Nullable
    Footer footer() throws IOException {
        ByteBuffer own = ownFooter();
        if (own == null) {
            return null;
        }
        ByteBuffer main = bytesAt(file, own.getLong(32), own.getInt(40));
        if (crc(main) != own.getInt(44)) {
            return null;
        }
        return new Footer(this, own, SummaryBytes.read(main, id));
    }

    private @Nullable ByteBuffer ownFooter() throws IOException {
        ByteBuffer own = bytesAt(file, size - FOOTER_BYTES, FOOTER_BYTES);
        boolean isRight = own.capacity() == FOOTER_BYTES
                && own.getLong(0) == FOOTER_MAGIC
                && own.getInt(CRC_OFFSET) == crc(own.slice(0, CRC_OFFSET))
                && own.getInt(8) == VERSION
                && own.getLong(16) == id;
        return isRight ? own : null;
    }

    /** Reads all frames, up to where the footer says that they end. */
    SegmentScan scan() throws IOException {
        ByteBuffer own = ownFooter();
        return own == null
                ? new SegmentScan(this, HEADER_BYTES, size, null)
                : new SegmentScan(this, HEADER_BYTES, own.getLong(24), own.slice(FrameHeader.BYTES, FrameHeader.BYTES));
    }

    /** Where the footer says that the frames end, all of them synced before; 0 without one. */
    long sealedEnd() throws IOException {
        ByteBuffer own = ownFooter();
        return own == null ? 0 : own.getLong(24);
    }

    /** What repeats the first 64 bytes of the frame that ends here: the next one, or the footer. */
    @Nullable
    ByteBuffer repeatOf(long frameEnd) throws IOException {
        ByteBuffer repeat = bytes(frameEnd + FrameHeader.BYTES, FrameHeader.BYTES);
        if (repeat.capacity() == FrameHeader.BYTES && FrameHeader.readBefore(repeat, id, frameEnd) != null) {
            return repeat;
        }
        ByteBuffer footer = bytes(size - HEADER_BYTES, HEADER_BYTES);
        return FrameHeader.readBefore(footer, id, frameEnd) == null ? null : footer;
    }

    /** Whether there are bytes where a footer would be: then one was written, and is damaged if it cannot be read. */
    boolean hasFooterBytes() throws IOException {
        return !isZero(bytesAt(file, size - FOOTER_BYTES, FOOTER_BYTES - HEADER_BYTES));
    }

    /** A footer that is as it was written; its keys are not read yet. */
    record Footer(SpoolSegment segment, ByteBuffer own, SegmentSummary summary) {
        int keys() {
            return own.getInt(56);
        }

        /** Reads the keys into the summary; false when they are damaged. */
        boolean readKeys() throws IOException {
            ByteBuffer keys = bytesAt(segment.file, own.getLong(32) + own.getInt(40), own.getInt(48));
            if (crc(keys) != own.getInt(52)) {
                return false;
            }
            SummaryBytes.readKeys(keys, summary);
            return true;
        }
    }

    long end() {
        return end;
    }

    byte[] body(Frame frame) throws IOException {
        return bytes(frame.offset() + FRAME_HEADER_BYTES, frame.bodyBytes()).array();
    }

    @Override
    public ByteBuffer bytes(long offset, int count) throws IOException {
        return bytesAt(file, offset, count);
    }

    private static ByteBuffer bytesAt(DiskFile file, long offset, int count) throws IOException {
        long there = Math.max(0, Math.min(count, file.size() - offset));
        ByteBuffer bytes = ByteBuffer.allocate((int) (offset < 0 ? 0 : there));
        file.read(bytes, Math.max(0, offset));
        return bytes.rewind();
    }

    static boolean isZero(ByteBuffer bytes) {
        return bytes.mismatch(ByteBuffer.allocate(bytes.remaining())) < 0;
    }

    static long align(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
