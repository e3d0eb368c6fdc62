// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.sinks.encoding.ArrowEncoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.SeekableReadChannel;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * The rows of a unit, all in memory off the heap, with the schema that they were written with.
 *
 * @param dataset its columns have no ids
 */
record LakeUnit(Dataset dataset, List<VectorSchemaRoot> batches) implements AutoCloseable {
    /** Reads what {@link LakeEncoder} wrote. */
    static LakeUnit read(String dataset, Path file, Disk disk, BufferAllocator memory) throws IOException {
        List<VectorSchemaRoot> batches = new ArrayList<>();
        boolean whole = false;
        try (DiskFile open = disk.read(file);
                SeekableReadChannel channel = new SeekableReadChannel(new Channel(open));
                ArrowFileReader reader = new ArrowFileReader(channel, memory)) {
            List<Column> columns = new ArrayList<>();
            for (Field field : reader.getVectorSchemaRoot().getSchema().getFields()) {
                if (!Column.isReserved(field.getName())) {
                    String type = field.getMetadata().getOrDefault(ArrowEncoder.TYPE, "");
                    columns.add(Column.inferred(field.getName(), ColumnType.parse(type)));
                }
            }
            for (ArrowBlock block : reader.getRecordBlocks()) {
                channel.setPosition(block.getOffset());
                try (ArrowRecordBatch record = MessageSerializer.deserializeRecordBatch(channel, block, memory)) {
                    VectorSchemaRoot batch =
                            VectorSchemaRoot.create(reader.getVectorSchemaRoot().getSchema(), memory);
                    batches.add(batch);
                    new VectorLoader(batch).load(record);
                }
            }
            String eventTime = reader.getMetaData().get(LakeEncoder.EVENT_TIME);
            whole = true;
            return new LakeUnit(new Dataset(dataset, 0, columns, null, eventTime), batches);
        } finally {
            if (!whole) {
                batches.forEach(VectorSchemaRoot::close);
            }
        }
    }

    @Override
    public void close() {
        batches.forEach(VectorSchemaRoot::close);
    }

    /** A file of the disk as Arrow wants it. */
    private static final class Channel implements SeekableByteChannel {
        private final DiskFile file;
        private long position;

        Channel(DiskFile file) {
            this.file = file;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            int count = file.read(target, position);
            position += Math.max(count, 0);
            return count <= 0 ? -1 : count;
        }

        @Override
        public int write(ByteBuffer source) {
            throw new UnsupportedOperationException("it is only read");
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public SeekableByteChannel position(long next) {
            position = next;
            return this;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public SeekableByteChannel truncate(long size) {
            throw new UnsupportedOperationException("it is only read");
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // Whoever opened the file closes it.
        }
    }
}
