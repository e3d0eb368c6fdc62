// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.BatchBuilder;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The new rows of one dataset for one sink, read once and laid out by partition.
 *
 * <p>What fits in memory stays there; beyond it each chunk goes, partition by partition, into one temporary file. When
 * that is full the reading stops, and {@link #reached} says where. All rows are of one {@link Range.Order}.
 */
final class Haul implements AutoCloseable {
    private final Map<String, Catch> catches = new HashMap<>();
    private final Room room;
    private final Path file;
    private final Disk disk;
    private @Nullable DiskFile spill;
    private long spilled;
    private long written;
    private List<RowBatch> batches = new ArrayList<>();
    private long inMemory;
    private long reached;
    private @Nullable Dataset schema;
    private @Nullable BufferAllocator allocator;

    /** How much is held in memory, and then on disk, before a chunk is moved on or the reading stops. */
    record Room(long memory, long disk) {
        static final Room DEFAULT = new Room(8L << 20, 256L << 20);
    }

    /** Rows of one partition in the file. */
    private record Segment(long at, boolean isLegacy, boolean hasOrigins) {}

    /** What one partition wants, and where it lies. */
    private static final class Catch {
        private final long after;
        private final List<Segment> segments = new ArrayList<>();
        private List<int[]> rows = new ArrayList<>();

        Catch(long after) {
            this.after = after;
        }
    }

    private Haul(Room room, Path file, Disk disk, long through) {
        this.room = room;
        this.file = file;
        this.disk = disk;
        this.reached = through;
    }

    /**
     * Reads rows until there are no more of them, or no more room.
     *
     * @param stream the rows of a dataset through {@code through}; closed when this returns
     * @param wanted for each partition, by name, after which row it wants those that follow
     */
    static Haul of(RowStream stream, Map<String, Long> wanted, long through, Room room, Path file, Disk disk)
            throws IOException {
        Haul haul = new Haul(room, file, disk, through);
        try (stream) {
            wanted.forEach((name, after) -> haul.catches.put(name, new Catch(after)));
            haul.take(stream);
            return haul;
        } catch (IOException | RuntimeException e) {
            try (haul) {
                throw e;
            }
        }
    }

    private void take(RowStream stream) throws IOException {
        while (true) {
            RowBatch batch = stream.next();
            if (batch == null) {
                return;
            }
            long last = Range.Order.of(batch).number(batch, batch.rows() - 1);
            add(batch);
            if (inMemory > room.memory) {
                spill();
                if (spilled >= room.disk) {
                    reached = last;
                    return;
                }
            }
        }
    }

    private void add(RowBatch batch) {
        schema = batch.dataset();
        allocator = batch.vectors().getVector(0).getAllocator();
        batches.add(batch);
        inMemory += held(batch);
        Range.Order order = Range.Order.of(batch);
        int number = batches.size() - 1;
        for (int row = 0; row < batch.rows(); row++) {
            Catch into = catches.get(batch.partitionName(row));
            if (into != null && order.number(batch, row) > into.after) {
                into.rows.add(new int[] {number, row});
            }
        }
    }

    /** What a batch takes off the heap, which for few rows is much more than they need. */
    private static long held(RowBatch batch) {
        long bytes = 0;
        for (FieldVector vector : batch.vectors().getFieldVectors()) {
            for (ArrowBuf buffer : vector.getBuffers(false)) {
                bytes += buffer.capacity();
            }
        }
        return bytes;
    }

    /** Moves what is in memory into the file, one segment for each partition that has some. */
    private void spill() throws IOException {
        Appending end = new Appending(file());
        for (Catch each : catches.values()) {
            if (!each.rows.isEmpty()) {
                try (RowBatch segment = gather(each.rows);
                        ArrowRecordBatch message = new VectorUnloader(segment.vectors()).getRecordBatch()) {
                    each.segments.add(new Segment(spilled, segment.isLegacy(), segment.hasOrigins()));
                    MessageSerializer.serialize(new WriteChannel(end), message);
                }
                each.rows = new ArrayList<>();
            }
        }
        end.drain();
        release();
    }

    private DiskFile file() throws IOException {
        DiskFile open = spill;
        if (open == null) {
            if (disk.exists(file)) {
                disk.delete(file);
            }
            open = disk.create(file);
            spill = open;
        }
        return open;
    }

    private RowBatch load(Segment segment) throws IOException {
        BufferAllocator memory = Objects.requireNonNull(allocator);
        Dataset dataset = Objects.requireNonNull(schema);
        RowBatch plain =
                segment.isLegacy ? RowBatch.readableLegacy(dataset, memory) : RowBatch.readable(dataset, memory);
        RowBatch rows = segment.hasOrigins ? plain.withOrigins(memory) : plain;
        try (ArrowRecordBatch message = MessageSerializer.deserializeRecordBatch(
                new ReadChannel(new ReadingFrom(file(), segment.at)), memory)) {
            new VectorLoader(rows.vectors()).load(message);
            return rows;
        } catch (IOException | RuntimeException e) {
            try (rows) {
                throw e;
            }
        }
    }

    private RowBatch gather(List<int[]> rows) {
        try (BatchBuilder builder = BatchBuilder.like(
                batches.getFirst(), Objects.requireNonNull(schema), Objects.requireNonNull(allocator))) {
            for (int[] row : rows) {
                builder.add(batches.get(row[0]), row[1]);
            }
            return builder.build();
        }
    }

    /** Rows up to here were looked at; those beyond want another haul. */
    long reached() {
        return reached;
    }

    /** The rows of one partition, once. */
    RowStream rows(String partition) {
        Catch from = catches.get(partition);
        if (from == null) {
            throw new IllegalArgumentException("not hauled: " + partition);
        }
        return new Rows(from);
    }

    private void release() {
        batches.forEach(RowBatch::close);
        batches = new ArrayList<>();
        inMemory = 0;
    }

    @Override
    public void close() throws IOException {
        release();
        DiskFile open = spill;
        if (open != null) {
            spill = null;
            open.close();
            disk.delete(file);
        }
    }

    private final class Rows implements RowStream {
        private final Catch from;
        private int segment;
        private boolean ended;

        Rows(Catch from) {
            this.from = from;
        }

        @Override
        public @Nullable RowBatch next() throws IOException {
            if (segment < from.segments.size()) {
                return load(from.segments.get(segment++));
            }
            if (ended || from.rows.isEmpty()) {
                return null;
            }
            ended = true;
            return gather(from.rows);
        }

        @Override
        public Continuation after() {
            throw new UnsupportedOperationException("a haul is not gone on with");
        }

        @Override
        public void close() {
            // The haul has what there is to close.
        }
    }

    /** The end of the file, as Arrow wants to write to it: many small pieces, which leave as few large ones. */
    private final class Appending implements WritableByteChannel {
        private static final int PIECE_BYTES = 256 << 10;

        private final DiskFile to;
        private final ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);

        Appending(DiskFile to) {
            this.to = to;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int count = bytes.remaining();
            while (bytes.hasRemaining()) {
                if (!piece.hasRemaining()) {
                    drain();
                }
                int fits = Math.min(piece.remaining(), bytes.remaining());
                piece.put(bytes.slice(bytes.position(), fits));
                bytes.position(bytes.position() + fits);
            }
            spilled += count;
            return count;
        }

        void drain() throws IOException {
            piece.flip();
            int count = piece.remaining();
            to.write(piece, written);
            written += count;
            piece.clear();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // The haul closes the file.
        }
    }

    /** The file from one place on, as Arrow wants to read it. */
    private static final class ReadingFrom implements ReadableByteChannel {
        private final DiskFile from;
        private long at;

        ReadingFrom(DiskFile from, long at) {
            this.from = from;
            this.at = at;
        }

        @Override
        public int read(ByteBuffer bytes) throws IOException {
            int count = from.read(bytes, at);
            at += count;
            return count == 0 ? -1 : count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // The haul closes the file.
        }
    }
}
