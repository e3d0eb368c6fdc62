// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.crypto.FileEncryptionProperties;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/** A Parquet file while it is written from vectors, one row group after another; one of them is in memory. */
public final class ParquetRows {
    private static final long ROW_GROUP_BYTES = 8 << 20;
    private static final int PAGE_BYTES = 1 << 20;
    private static final int DICTIONARY_BYTES = 1 << 20;

    private static final int PADDING_MAX = 0;

    private final List<ParquetColumn> columns;
    private final RowSlice slice = new RowSlice();
    private final BytesInputCompressor compressor;
    private final MessageType schema;
    private final ParquetProperties properties;
    private final ParquetFileWriter file;
    private ColumnChunkPageWriteStore pages;
    private ColumnWriteStore store;
    private long rows;
    private int ordinal;

    /**
     * Begins a file.
     *
     * @param columns with the ids that their fields get
     * @param plain the names of columns whose values mostly differ, so that a dictionary of them would be thrown away
     * @param out stays open
     */
    ParquetRows(List<Column> columns, ParquetCodec codec, Set<String> plain, OutputStream out) throws IOException {
        this.columns = columns.stream().map(ParquetColumn::new).toList();
        this.compressor = codec.compressor();
        List<Type> fields = new ArrayList<>();
        this.columns.forEach(column -> fields.add(column.type()));
        schema = new MessageType("rows", fields);
        ParquetProperties.Builder settings =
                ParquetProperties.builder().withPageSize(PAGE_BYTES).withDictionaryPageSize(DICTIONARY_BYTES);
        plain.forEach(name -> settings.withDictionaryEncoding(name, false));
        properties = settings.build();
        FileEncryptionProperties unencrypted = null;
        file = new ParquetFileWriter(
                new Appending(out),
                schema,
                ParquetFileWriter.Mode.CREATE,
                ROW_GROUP_BYTES,
                PADDING_MAX,
                unencrypted,
                properties);
        file.start();
        pages = pages();
        store = properties.newColumnWriteStore(schema, pages, pages);
    }

    /** Begins a file that costs little to write: zstd at its quickest. */
    public static ParquetRows quick(List<Column> columns, Set<String> plain, OutputStream out) throws IOException {
        return new ParquetRows(columns, ParquetCodec.QUICK_ZSTD, plain, out);
    }

    List<Column> columns() {
        return columns.stream().map(ParquetColumn::column).toList();
    }

    private ColumnChunkPageWriteStore pages() {
        return new ColumnChunkPageWriteStore(
                compressor,
                schema,
                HeapByteBufferAllocator.getInstance(),
                properties.getColumnIndexTruncateLength(),
                properties.getPageWriteChecksumEnabled(),
                null,
                ordinal);
    }

    /** Writes every row of a batch. */
    void add(VectorSchemaRoot batch) throws IOException {
        read(List.of(batch));
        for (int row = 0; row < batch.getRowCount(); row += RowSlice.ROWS_MAX) {
            slice.take(row, Math.min(row + RowSlice.ROWS_MAX, batch.getRowCount()));
            write();
        }
    }

    /** Writes the rows at some places, in their order. */
    public void add(List<VectorSchemaRoot> batches, Places places, int from, int to) throws IOException {
        read(batches);
        for (int place = from; place < to; place += RowSlice.ROWS_MAX) {
            slice.take(places, place, Math.min(place + RowSlice.ROWS_MAX, to));
            write();
        }
    }

    private void read(List<VectorSchemaRoot> batches) {
        columns.forEach(column -> column.read(batches));
    }

    /** Sizes are looked at after each slice. */
    private void write() throws IOException {
        for (int i = 0; i < columns.size(); i++) {
            columns.get(i).write(slice, writer(i));
        }
        end(slice.count());
    }

    private ColumnWriter writer(int column) {
        List<ColumnDescriptor> descriptors = schema.getColumns();
        return store.getColumnWriter(descriptors.get(column));
    }

    private void end(int count) throws IOException {
        for (int row = 0; row < count; row++) {
            store.endRecord();
        }
        rows += count;
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

    /** What the file takes so far, with what is still in memory. */
    public long bytes() throws IOException {
        return file.getPos() + store.getBufferedSize();
    }

    /** Ends the file; what its footer says. */
    public ParquetMetadata end(Map<String, String> facts) throws IOException {
        flush();
        file.end(facts);
        return file.getFooter();
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
