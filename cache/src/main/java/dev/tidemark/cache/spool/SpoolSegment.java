// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one spool file: a header, then frames, each on a 64-byte boundary, then zeros to the preallocated end.
 *
 * <pre>
 * 0000000000000000007.spool
 *
 * offset  segment header, 64 bytes              offset  frame header, 64 bytes
 *  0      "TIDESPL1"                              0     "TMFR"
 *  8      version, int32                          4     kind, int8: 1 schema, 2 rows
 * 12      –                                       5     flags, int8: 1 = the last frame of its append
 * 16      id, int64                               6     –
 * 24      id of the segment it was copied from    8     segment id, int64
 * 32      bytes of the whole file, int64          16    first sequence, int64
 * 60      CRC-32C of bytes 0–59                   24    rows, int32
 *                                                 28    body bytes, int32
 *                                                 32    synced: offset up to which fdatasync had returned
 *                                                 40    CRC of the header before (chain)
 *                                                 44    CRC-32C of the body
 *                                                 48    when the rows came, microseconds since 1970, int64
 *                                                 56    schema version, int32
 *                                                 60    CRC-32C of bytes 0–59, then the body, then padding
 * </pre>
 *
 * <p>All numbers are big-endian but within a body. A schema frame's body is {@link SchemaBody}, a rows frame's is {@link
 * RowsBody} and then {@link Columns}: this is the second append of {@code {"who":"eu","n":7}} to a dataset {@code logs}
 * that is partitioned by {@code who}.
 *
 * <pre>
 * 544d 4652 0201 0000 0000 0000 0000 0001   TMFR, rows, last of its append, segment 1
 * 0000 0000 0000 0002 0000 0001 0000 0019   sequence 2, 1 row, 25 bytes of body
 * 0000 0000 .... .... .... .... .... ....   synced, chain, CRC of the body
 * .... .... .... .... 0000 0001 .... ....   time, schema version 1, CRC
 * 046c 6f67 7301 0265 7501 0000 0002 6575   logs; 1 partition: eu, 1 row, the last is row 0; no facts; who: no nulls, eu;
 * 0007 0000 0000 0000 00                    n: no nulls, 7; then zeros up to the next 64 bytes
 * </pre>
 *
 * <p>The frames of one append are contiguous and in one segment; the last one has the flag, and an append without it
 * never happened. A frame counts when its own CRC, its body's, its segment id and the chain are right. At the first that
 * does not the segment ends: a <em>torn end</em>, unless a later frame proves by its {@code synced} that these bytes had
 * been synced, which makes it <em>damage</em>.
 */
final class SpoolSegment implements Closeable {
    static final String UNFINISHED = ".new";
    static final int ALIGNMENT = 64;
    static final int HEADER_BYTES = 64;
    private static final long SEGMENT_MAGIC = 0x5449444553504C31L;
    private static final int FRAME_MAGIC = 0x544D4652;
    private static final int VERSION = 1;
    private static final byte CLOSES_APPEND = 1;
    private static final int CRC_OFFSET = 60;
    private static final int ZEROS_BYTES = 1 << 20;
    private static final Pattern NAME = Pattern.compile("(\\d{19})\\.spool");

    private final DiskFile file;
    private final Path path;
    private final long id;
    private final long copyOf;
    private final long size;
    private long end;
    private long synced;
    private int chain;

    private SpoolSegment(DiskFile file, Path path, long id, long copyOf, long size, int chain) {
        this.file = file;
        this.path = path;
        this.id = id;
        this.copyOf = copyOf;
        this.size = size;
        this.end = HEADER_BYTES;
        this.synced = HEADER_BYTES;
        this.chain = chain;
    }

    private static String name(long id) {
        return "%019d.spool".formatted(id);
    }

    /** The id in a segment's file name, or null when it is not one. */
    static @Nullable Long idOf(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        return name.matches() ? Long.valueOf(name.group(1)) : null;
    }

    /** Bytes that a frame with such a body takes. */
    static long framed(int bodyBytes) {
        return HEADER_BYTES + align(bodyBytes);
    }

    /** The smallest segment that holds frames of this many bytes. */
    static long sizeFor(long framedBytes) {
        return HEADER_BYTES + framedBytes;
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
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.putLong(0, SEGMENT_MAGIC)
                .putInt(8, VERSION)
                .putLong(16, id)
                .putLong(24, copyOf)
                .putLong(32, size);
        int crc = crc(header.slice(0, CRC_OFFSET));
        header.putInt(CRC_OFFSET, crc);
        if (disk.exists(unfinished)) {
            disk.delete(unfinished);
        }
        DiskFile file = disk.create(unfinished);
        try {
            ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(ZEROS_BYTES, size));
            for (long at = 0; at < size; at += zeros.capacity()) {
                file.write(zeros.clear().limit((int) Math.min(zeros.capacity(), size - at)), at);
            }
            file.write(header, 0);
            return new SpoolSegment(file, path, id, copyOf, size, crc);
        } catch (IOException | RuntimeException e) {
            file.close();
            giveBack(disk, unfinished, e);
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
     * Opens a segment for reading.
     *
     * @throws CorruptDataException when its header is not right
     */
    static SpoolSegment read(Disk disk, Path path) throws IOException {
        DiskFile file = disk.read(path);
        try {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            file.read(header, 0);
            if (header.hasRemaining()
                    || header.getLong(0) != SEGMENT_MAGIC
                    || header.getInt(CRC_OFFSET) != crc(header.slice(0, CRC_OFFSET))) {
                throw new CorruptDataException(path, 0, "it does not begin as a spool segment does");
            }
            if (header.getInt(8) > VERSION) {
                throw new CorruptDataException(
                        path, 8, "it has version " + header.getInt(8) + ", this program reads up to " + VERSION);
            }
            Long named = idOf(path);
            if (named == null || named != header.getLong(16)) {
                throw new CorruptDataException(path, 16, "it is segment " + header.getLong(16) + " by its header");
            }
            if (file.size() != header.getLong(32)) {
                throw new CorruptDataException(
                        path, file.size(), "it was made with " + header.getLong(32) + " bytes: rows may be gone");
            }
            return new SpoolSegment(
                    file, path, header.getLong(16), header.getLong(24), file.size(), header.getInt(CRC_OFFSET));
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    long id() {
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

    boolean fits(long framedBytes) {
        return end + framedBytes <= size;
    }

    boolean isHalfFull() {
        return end > size / 2;
    }

    /** Writes a frame behind the others; it is durable after the next {@link #sync}. */
    Frame append(Stamp stamp, FrameBuffer buffer) throws IOException {
        ByteBuffer bytes = buffer.bytes();
        bytes.putInt(0, FRAME_MAGIC)
                .put(4, stamp.kind().code())
                .put(5, stamp.closesAppend() ? CLOSES_APPEND : 0)
                .putShort(6, (short) 0)
                .putLong(8, id)
                .putLong(16, stamp.first())
                .putInt(24, stamp.rows())
                .putInt(28, buffer.bodyBytes())
                .putLong(32, synced)
                .putInt(40, chain)
                .putInt(44, buffer.bodyCrc())
                .putLong(48, stamp.timeMicros())
                .putInt(56, stamp.version());
        int crc = crc(bytes.slice(0, CRC_OFFSET));
        bytes.putInt(CRC_OFFSET, crc);
        Frame frame = new Frame(id, end, buffer.bodyBytes(), stamp);
        file.write(bytes, end);
        end += buffer.framedBytes();
        chain = crc;
        return frame;
    }

    void sync() throws IOException {
        // durable: I1 spool.append.sync
        file.sync();
        synced = end; // Acknowledged from here: a crash after this line keeps the rows.
    }

    /**
     * The next frame when reading from the start, or null at the end of what counts.
     *
     * @throws CorruptDataException when the end is no end: a later frame proves that more had been synced
     */
    @Nullable
    Frame next() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        file.read(header, end);
        Frame frame = frameAt(end, header);
        if (frame == null || header.getInt(40) != chain || !bodyIsRight(frame, header.getInt(44))) {
            requireUnproven(end);
            return null;
        }
        end += framed(frame.bodyBytes());
        chain = header.getInt(CRC_OFFSET);
        return frame;
    }

    /** Whether anything but zeros follows the end of what counts: an append that a crash cut short. */
    boolean hasTornEnd() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(ALIGNMENT);
        file.read(bytes, end);
        for (int i = 0; i < bytes.position(); i++) {
            if (bytes.get(i) != 0) {
                return true;
            }
        }
        return false;
    }

    long end() {
        return end;
    }

    byte[] body(Frame frame) throws IOException {
        byte[] body = new byte[frame.bodyBytes()];
        if (file.read(ByteBuffer.wrap(body), frame.offset() + HEADER_BYTES) < body.length) {
            throw new CorruptDataException(path, frame.offset(), "the file ends within a frame");
        }
        return body;
    }

    /** A frame with the body that it has on disk now. */
    record Read(Frame frame, ByteBuffer body) {}

    /** The frames between two offsets in one read, each checked against the checksums that it has on disk now. */
    List<Read> checked(long from, long to) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(to - from));
        file.read(bytes, from);
        List<Read> frames = new ArrayList<>();
        int at = 0;
        while (at < bytes.capacity()) {
            ByteBuffer header = bytes.slice(at, HEADER_BYTES).position(HEADER_BYTES);
            Frame frame = bytes.hasRemaining() ? null : frameAt(from + at, header);
            if (frame == null || frame.end() > to) {
                throw new CorruptDataException(path, from + at, "the frame changed since it was written");
            }
            ByteBuffer body = bytes.slice(at + HEADER_BYTES, frame.bodyBytes());
            if (header.getInt(44) != crc(body.duplicate())) {
                throw new CorruptDataException(path, from + at, "the frame's body changed since it was written");
            }
            frames.add(new Read(frame, body));
            at += Math.toIntExact(framed(frame.bodyBytes()));
        }
        return frames;
    }

    private @Nullable Frame frameAt(long offset, ByteBuffer header) {
        if (header.hasRemaining()
                || header.getInt(0) != FRAME_MAGIC
                || header.getInt(CRC_OFFSET) != crc(header.slice(0, CRC_OFFSET))
                || header.getLong(8) != id) {
            return null;
        }
        for (Frame.Kind kind : Frame.Kind.values()) {
            if (kind.code() == header.get(4)) {
                boolean closes = (header.get(5) & CLOSES_APPEND) != 0;
                Stamp stamp = new Stamp(
                        kind, closes, header.getLong(16), header.getInt(24), header.getLong(48), header.getInt(56));
                return new Frame(id, offset, header.getInt(28), stamp);
            }
        }
        return null;
    }

    private boolean bodyIsRight(Frame frame, int crc) throws IOException {
        if (frame.offset() + framed(frame.bodyBytes()) > size) {
            return false;
        }
        byte[] body = body(frame);
        return crc(ByteBuffer.wrap(body)) == crc;
    }

    /** Looks behind a bad frame for one that says the bad one had been synced. */
    private void requireUnproven(long bad) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        for (long at = bad + ALIGNMENT; at + HEADER_BYTES <= size; at += ALIGNMENT) {
            file.read(header.clear(), at);
            if (frameAt(at, header) != null && header.getLong(32) > bad) {
                throw new CorruptDataException(path, bad, "a frame is damaged that had been acknowledged");
            }
        }
    }

    private static long align(int bytes) {
        return (bytes + (long) ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
