// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.BatchBuilder;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
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
import org.apache.arrow.memory.BufferAllocator;
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
 * <p>What fits in {@link #MEMORY_BYTES_MAX} stays there; beyond it each chunk goes, partition by partition, into one
 * temporary file of at most {@link #DISK_BYTES_MAX}. When that is full the reading stops, and {@link #reached} says
 * where.
 */
final class Haul implements AutoCloseable {
    static final long MEMORY_BYTES_MAX = 8L << 20;
    static final long DISK_BYTES_MAX = 256L << 20;

    private final Map<String, Catch> catches = new HashMap<>();
    private final Path file;
    private final Disk disk;
    private @Nullable DiskFile spill;
    private long spilled;
    private List<RowBatch> batches = new ArrayList<>();
    private long inMemory;
    private Sequence reached;
    private @Nullable Dataset schema;
    private @Nullable BufferAllocator allocator;

    /** What one partition wants, and where it lies. */
    private static final class Catch {
        private final Sequence after;
        private final List<Long> segments = new ArrayList<>();
        private List<int[]> rows = new ArrayList<>();

        Catch(Sequence after) {
            this.after = after;
        }
    }

    private Haul(Path file, Disk disk, Sequence through) {
        this.file = file;
        this.disk = disk;
        this.reached = through;
    }

    /**
     * Reads the rows of a dataset.
     *
     * @param wanted for each partition, by name, after which sequence it wants rows
     */
    static Haul of(
            RowSource rows,
            String dataset,
            Map<String, Sequence> wanted,
            Sequence through,
            int batchRows,
            Path file,
            Disk disk)
            throws IOException {
        Haul haul = new Haul(file, disk, through);
        try {
            haul.take(rows, dataset, wanted, through, batchRows);
            return haul;
        } catch (IOException | RuntimeException e) {
            try (haul) {
                throw e;
            }
        }
    }

    private void take(RowSource rows, String dataset, Map<String, Sequence> wanted, Sequence through, int batchRows)
            throws IOException {
        wanted.forEach((name, after) -> catches.put(name, new Catch(after)));
        Sequence lowest = wanted.values().stream().min(Sequence::compareTo).orElse(through);
        try (RowStream stream = rows.readAll(dataset, lowest, through, batchRows)) {
            while (true) {
                RowBatch batch = stream.next();
                if (batch == null) {
                    return;
                }
                add(batch);
                if (inMemory > MEMORY_BYTES_MAX) {
                    Sequence last = lastOf(batches.getLast());
                    spill();
                    if (spilled >= DISK_BYTES_MAX) {
                        reached = last;
                        return;
                    }
                }
            }
        }
    }

    private static Sequence lastOf(RowBatch batch) {
        return batch.sequence(batch.rows() - 1);
    }

    private void add(RowBatch batch) {
        schema = batch.dataset();
        allocator = batch.vectors().getVector(0).getAllocator();
        batches.add(batch);
        inMemory += batch.bytes();
        int number = batches.size() - 1;
        for (int row = 0; row < batch.rows(); row++) {
            Catch into = catches.get(batch.partitionName(row));
            if (into != null && batch.sequence(row).isAfter(into.after)) {
                into.rows.add(new int[] {number, row});
            }
        }
    }

    /** Moves what is in memory into the file, one segment for each partition that has some. */
    private void spill() throws IOException {
        DiskFile to = file();
        for (Catch each : catches.values()) {
            if (!each.rows.isEmpty()) {
                each.segments.add(spilled);
                try (RowBatch segment = gather(each.rows);
                        ArrowRecordBatch message = new VectorUnloader(segment.vectors()).getRecordBatch()) {
                    MessageSerializer.serialize(new WriteChannel(new Appending(to)), message);
                }
                each.rows = new ArrayList<>();
            }
        }
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

    private RowBatch load(long segment) throws IOException {
        BufferAllocator memory = Objects.requireNonNull(allocator);
        RowBatch rows = RowBatch.readable(Objects.requireNonNull(schema), memory);
        try (ArrowRecordBatch message =
                MessageSerializer.deserializeRecordBatch(new ReadChannel(new ReadingFrom(file(), segment)), memory)) {
            new VectorLoader(rows.vectors()).load(message);
            return rows;
        } catch (IOException | RuntimeException e) {
            try (rows) {
                throw e;
            }
        }
    }

    private RowBatch gather(List<int[]> rows) {
        try (BatchBuilder builder =
                new BatchBuilder(Objects.requireNonNull(schema), Objects.requireNonNull(allocator))) {
            for (int[] row : rows) {
                builder.add(batches.get(row[0]), row[1]);
            }
            return builder.build();
        }
    }

    /** Rows up to here were looked at; those beyond want another haul. */
    Sequence reached() {
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

    /** The end of the file, as Arrow wants to write to it. */
    private final class Appending implements WritableByteChannel {
        private final DiskFile to;

        Appending(DiskFile to) {
            this.to = to;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int count = bytes.remaining();
            to.write(bytes, spilled);
            spilled += count;
            return count;
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
