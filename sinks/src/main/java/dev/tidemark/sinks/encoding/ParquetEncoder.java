// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.crypto.FileEncryptionProperties;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Rows as a Parquet file, written column by column from the vectors of each batch.
 *
 * <p>Fields carry the ids that the columns have in the cache's table; facts about the unit are key-values of the footer.
 * One row group is in memory at a time, and is what a reader needs.
 */
public final class ParquetEncoder implements RowEncoder {
    private static final long ROW_GROUP_BYTES = 8 << 20;
    private static final int PAGE_BYTES = 1 << 20;
    private static final int DICTIONARY_BYTES = 1 << 20;

    /** So many rows are written of each column before sizes are looked at. */
    private static final int SLICE_ROWS = 1024;

    private static final int PADDING_MAX = 0;

    private final ParquetCodec codec;
    private final Hidden hidden;

    ParquetEncoder(ParquetCodec codec, Hidden hidden) {
        this.codec = codec;
        this.hidden = hidden;
    }

    @Override
    public String extension() {
        return "parquet";
    }

    @Override
    public String version() {
        return "parquet/1," + codec.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public Encoding start(OutputStream out) {
        return new Encoding() {
            private Map<String, String> facts = Map.of();
            private @Nullable Groups groups;

            @Override
            public void add(RowBatch batch) throws IOException {
                List<Column> columns = Fields.of(batch.dataset(), hidden);
                Groups open = groups;
                if (open == null) {
                    open = new Groups(columns, out);
                    groups = open;
                } else if (!open.columns.equals(columns)) {
                    throw new IllegalArgumentException(
                            "the rows of a unit have one schema: " + open.columns + ", " + columns);
                }
                for (int row = 0; row < batch.rows(); row += SLICE_ROWS) {
                    open.add(batch, row, Math.min(row + SLICE_ROWS, batch.rows()));
                }
            }

            @Override
            public void seal(Map<String, String> all) {
                facts = Map.copyOf(all);
            }

            @Override
            public void close() throws IOException {
                if (groups != null) {
                    groups.end(facts);
                }
            }
        };
    }

    /** The file while it is written: one row group after another. */
    private final class Groups {
        private final List<Column> columns;
        private final MessageType schema;
        private final ParquetProperties properties;
        private final ParquetFileWriter file;
        private ColumnChunkPageWriteStore pages;
        private ColumnWriteStore store;
        private long rows;
        private int ordinal;

        Groups(List<Column> columns, OutputStream out) throws IOException {
            this.columns = columns;
            List<Type> fields = new ArrayList<>();
            columns.forEach(column -> fields.add(ParquetColumn.type(column)));
            schema = new MessageType("rows", fields);
            ParquetProperties.Builder settings = ParquetProperties.builder()
                    .withPageSize(PAGE_BYTES)
                    .withDictionaryPageSize(DICTIONARY_BYTES)
                    // Every sequence is another.
                    .withDictionaryEncoding(RowBatch.SEQUENCE, false);
            properties = settings.build();
            FileEncryptionProperties plain = null;
            file = new ParquetFileWriter(
                    new Appending(out),
                    schema,
                    ParquetFileWriter.Mode.CREATE,
                    ROW_GROUP_BYTES,
                    PADDING_MAX,
                    plain,
                    properties);
            file.start();
            pages = pages();
            store = properties.newColumnWriteStore(schema, pages, pages);
        }

        private ColumnChunkPageWriteStore pages() {
            return new ColumnChunkPageWriteStore(
                    codec,
                    schema,
                    HeapByteBufferAllocator.getInstance(),
                    properties.getColumnIndexTruncateLength(),
                    properties.getPageWriteChecksumEnabled(),
                    null,
                    ordinal);
        }

        void add(RowBatch batch, int from, int to) throws IOException {
            List<ColumnDescriptor> descriptors = schema.getColumns();
            for (int i = 0; i < columns.size(); i++) {
                Column column = columns.get(i);
                ColumnWriter writer = store.getColumnWriter(descriptors.get(i));
                ParquetColumn.write(batch.vector(column.name()).orElse(null), column, from, to, writer);
            }
            for (int row = from; row < to; row++) {
                store.endRecord();
            }
            rows += to - from;
            if (store.getBufferedSize() >= ROW_GROUP_BYTES) {
                flush();
                ordinal++;
                pages = pages();
                store = properties.newColumnWriteStore(schema, pages, pages);
            }
        }

        private void flush() throws IOException {
            try (ColumnChunkPageWriteStore written = pages;
                    ColumnWriteStore filled = store) {
                if (rows > 0) {
                    file.startBlock(rows);
                    filled.flush();
                    written.flushToFileWriter(file);
                    file.endBlock();
                }
            }
            rows = 0;
        }

        void end(Map<String, String> facts) throws IOException {
            flush();
            file.end(facts);
        }
    }

    /** The unit's stream as Parquet wants it: it asks where it is, and closes it. */
    private record Appending(OutputStream out) implements OutputFile {
        @Override
        public PositionOutputStream create(long blockSize) {
            return new PositionOutputStream() {
                private long position;

                @Override
                public long getPos() {
                    return position;
                }

                @Override
                public void write(int b) throws IOException {
                    out.write(b);
                    position++;
                }

                @Override
                public void write(byte[] bytes, int offset, int count) throws IOException {
                    out.write(bytes, offset, count);
                    position += count;
                }

                @Override
                public void flush() throws IOException {
                    out.flush();
                }
            };
        }

        @Override
        public PositionOutputStream createOrOverwrite(long blockSize) {
            return create(blockSize);
        }

        @Override
        public boolean supportsBlockSize() {
            return false;
        }

        @Override
        public long defaultBlockSize() {
            return 0;
        }
    }
}
