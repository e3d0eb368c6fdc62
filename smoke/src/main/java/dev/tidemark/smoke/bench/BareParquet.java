// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.DOUBLE;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.impl.ColumnReaderImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/**
 * What a flush and a read stand beside: the same vectors into one Parquet file and out of it, column by column, with
 * nothing of ours and nothing of Iceberg's around.
 */
final class BareParquet {
    private static final int ROW_GROUP_BYTES = 8 << 20;
    private static final int PAGE_BYTES = 1 << 20;
    private static final int TRUNCATE = 64;
    private static final int BATCH_ROWS = 8192;
    private static final String SEQUENCE = "_ingest_seq";
    private static final String TIME = "_ingest_time";
    private static final Set<String> WITHOUT_DICTIONARY =
            Set.of(SEQUENCE, "ts", "trace_id", "message", "latency_ms", "attributes");
    private static final PrimitiveConverter NOWHERE = new PrimitiveConverter() {};

    private BareParquet() {}

    /** Writes the rows of the batches, with a sequence and a time, zstd 1; on disk when this returns. */
    static void write(List<RowBatch> batches, Path file) throws IOException {
        MessageType schema = schema(batches.getFirst());
        ParquetProperties.Builder properties =
                ParquetProperties.builder().withPageSize(PAGE_BYTES).withDictionaryEncoding(true);
        WITHOUT_DICTIONARY.forEach(column -> properties.withDictionaryEncoding(column, false));
        CompressionCodecFactory codecs = ParquetReadOptions.builder(
                        new PlainParquetConfiguration(Map.of("parquet.compression.codec.zstd.level", "1")))
                .build()
                .getCodecFactory();
        BytesInputCompressor zstd = codecs.getCompressor(CompressionCodecName.ZSTD);
        try (ParquetFileWriter writer = new ParquetFileWriter(
                new LocalOutputFile(file),
                schema,
                ParquetFileWriter.Mode.CREATE,
                ROW_GROUP_BYTES,
                0,
                null,
                properties.build())) {
            writer.start();
            long sequence = 1;
            int next = 0;
            while (next < batches.size()) {
                ColumnChunkPageWriteStore pages =
                        new ColumnChunkPageWriteStore(zstd, schema, HeapByteBufferAllocator.getInstance(), TRUNCATE);
                ColumnWriteStore columns = properties.build().newColumnWriteStore(schema, pages);
                long rows = 0;
                while (next < batches.size() && columns.getBufferedSize() < ROW_GROUP_BYTES) {
                    RowBatch batch = batches.get(next++);
                    write(batch, schema, columns, sequence);
                    sequence += batch.rows();
                    rows += batch.rows();
                }
                columns.flush();
                writer.startBlock(rows);
                pages.flushToFileWriter(writer);
                writer.endBlock();
                columns.close();
                pages.close();
            }
            writer.end(Map.of());
        } finally {
            codecs.release();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static MessageType schema(RowBatch batch) {
        Types.GroupBuilder<MessageType> schema = Types.buildMessage()
                .optional(INT64)
                .named(SEQUENCE)
                .optional(INT64)
                .named(TIME);
        for (FieldVector vector : batch.vectors().getFieldVectors()) {
            switch (vector) {
                case VarCharVector text ->
                    schema.optional(BINARY)
                            .as(LogicalTypeAnnotation.stringType())
                            .named(text.getName());
                case Float8Vector number -> schema.optional(DOUBLE).named(number.getName());
                case IntVector number -> schema.optional(INT32).named(number.getName());
                default -> schema.optional(INT64).named(vector.getName());
            }
        }
        return schema.named("logs");
    }

    private static void write(RowBatch batch, MessageType schema, ColumnWriteStore columns, long first) {
        ColumnWriter sequences = columns.getColumnWriter(schema.getColumns().get(0));
        ColumnWriter times = columns.getColumnWriter(schema.getColumns().get(1));
        for (int row = 0; row < batch.rows(); row++) {
            sequences.write(first + row, 0, 1);
            times.write(first, 0, 1);
        }
        List<FieldVector> vectors = batch.vectors().getFieldVectors();
        for (int i = 0; i < vectors.size(); i++) {
            write(vectors.get(i), columns.getColumnWriter(schema.getColumns().get(i + 2)), batch.rows());
        }
        for (int row = 0; row < batch.rows(); row++) {
            columns.endRecord();
        }
    }

    /** The workload has no nulls. */
    private static void write(FieldVector vector, ColumnWriter column, int rows) {
        ArrowBuf data = vector.getDataBuffer();
        switch (vector) {
            case VarCharVector text -> {
                byte[] bytes = new byte[text.getEndOffset(rows - 1)];
                data.getBytes(0, bytes);
                for (int row = 0; row < rows; row++) {
                    int start = text.getStartOffset(row);
                    column.write(Binary.fromReusedByteArray(bytes, start, text.getEndOffset(row) - start), 0, 1);
                }
            }
            case Float8Vector number -> {
                for (int row = 0; row < rows; row++) {
                    column.write(number.get(row), 0, 1);
                }
            }
            case IntVector number -> {
                for (int row = 0; row < rows; row++) {
                    column.write(number.get(row), 0, 1);
                }
            }
            default -> {
                for (int row = 0; row < rows; row++) {
                    column.write(data.getLong((long) row * Long.BYTES), 0, 1);
                }
            }
        }
    }

    /** Reads every column of a file into vectors, in batches that are given back at once; the number of rows. */
    static long read(Path file, BufferAllocator memory) throws IOException {
        long rows = 0;
        ParquetReadOptions options =
                ParquetReadOptions.builder(new PlainParquetConfiguration()).build();
        try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file), options)) {
            List<ColumnDescriptor> columns =
                    reader.getFileMetaData().getSchema().getColumns();
            for (PageReadStore pages = reader.readNextRowGroup(); pages != null; pages = reader.readNextRowGroup()) {
                List<ColumnReader> readers = new ArrayList<>();
                for (ColumnDescriptor column : columns) {
                    readers.add(new ColumnReaderImpl(column, pages.getPageReader(column), NOWHERE, null));
                }
                for (long done = 0; done < pages.getRowCount(); done += BATCH_ROWS) {
                    rows += read(readers, (int) Math.min(BATCH_ROWS, pages.getRowCount() - done), memory);
                }
            }
        }
        return rows;
    }

    private static int read(List<ColumnReader> readers, int rows, BufferAllocator memory) {
        List<FieldVector> vectors = new ArrayList<>();
        for (ColumnReader reader : readers) {
            PrimitiveTypeName type = reader.getDescriptor().getPrimitiveType().getPrimitiveTypeName();
            vectors.add(
                    switch (type) {
                        case BINARY -> texts(reader, new VarCharVector("text", memory), rows);
                        case DOUBLE -> doubles(reader, new Float8Vector("number", memory), rows);
                        case INT32 -> ints(reader, new IntVector("number", memory), rows);
                        default -> longs(reader, new BigIntVector("number", memory), rows);
                    });
        }
        try (VectorSchemaRoot root = new VectorSchemaRoot(vectors)) {
            return root.getRowCount();
        }
    }

    private static boolean isPresent(ColumnReader reader) {
        return reader.getCurrentDefinitionLevel() > 0;
    }

    private static FieldVector texts(ColumnReader reader, BaseVariableWidthVector vector, int rows) {
        for (int row = 0; row < rows; row++) {
            if (isPresent(reader)) {
                ByteBuffer value = reader.getBinary().toByteBuffer();
                vector.setSafe(row, value, value.position(), value.remaining());
            }
            reader.consume();
        }
        vector.setValueCount(rows);
        return vector;
    }

    private static FieldVector doubles(ColumnReader reader, Float8Vector vector, int rows) {
        vector.allocateNew(rows);
        for (int row = 0; row < rows; row++) {
            if (isPresent(reader)) {
                vector.set(row, reader.getDouble());
            }
            reader.consume();
        }
        vector.setValueCount(rows);
        return vector;
    }

    private static FieldVector ints(ColumnReader reader, IntVector vector, int rows) {
        vector.allocateNew(rows);
        for (int row = 0; row < rows; row++) {
            if (isPresent(reader)) {
                vector.set(row, reader.getInteger());
            }
            reader.consume();
        }
        vector.setValueCount(rows);
        return vector;
    }

    private static FieldVector longs(ColumnReader reader, BigIntVector vector, int rows) {
        vector.allocateNew(rows);
        for (int row = 0; row < rows; row++) {
            if (isPresent(reader)) {
                vector.set(row, reader.getLong());
            }
            reader.consume();
        }
        vector.setValueCount(rows);
        return vector;
    }
}
