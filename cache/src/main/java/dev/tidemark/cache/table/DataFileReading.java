// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.apache.iceberg.io.InputFile;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReaderImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.MessageType;

/**
 * Reads a Parquet file for its own sake: every page of every column, its checksum held against its bytes and its values
 * decoded, a row group at a time.
 */
final class DataFileReading implements Closeable {
    /** For a file whose rows have their places from where they lie. */
    static final int NO_COLUMN = 0;

    private static final int WRONG_MAX = 10;
    private static final PrimitiveConverter LOOKING_ONLY = new PrimitiveConverter() {
        @Override
        public void addBinary(Binary value) {}

        @Override
        public void addBoolean(boolean value) {}

        @Override
        public void addDouble(double value) {}

        @Override
        public void addFloat(float value) {}

        @Override
        public void addInt(int value) {}

        @Override
        public void addLong(long value) {}
    };

    private final ParquetFileReader reader;
    private long before = Long.MIN_VALUE;

    DataFileReading(InputFile file) throws IOException {
        ParquetReadOptions options =
                ParquetReadOptions.builder().withPageChecksumVerification(true).build();
        reader = new ParquetFileReader(new ParquetInput(file), options);
    }

    /**
     * Reads to the end.
     *
     * @param placeId the column that says where rows belong, or {@link #NO_COLUMN}
     * @param lower the first of these places, by the table's word
     * @param upper the last
     * @param wrong takes what is wrong with the order of the rows
     * @return how many rows there are
     */
    long run(int placeId, long lower, long upper, List<String> wrong) throws IOException {
        MessageType schema = reader.getFileMetaData().getSchema();
        long rows = 0;
        for (PageReadStore group = reader.readNextRowGroup(); group != null; group = reader.readNextRowGroup()) {
            for (ColumnDescriptor column : schema.getColumns()) {
                boolean isPlace = column.getPath().length == 1
                        && column.getPrimitiveType().getId() != null
                        && column.getPrimitiveType().getId().intValue() == placeId;
                PageReader pages = group.getPageReader(column);
                long count = pages.getTotalValueCount();
                ColumnReader values = new ColumnReaderImpl(column, pages, LOOKING_ONLY, null);
                for (long left = count; left > 0; left--) {
                    if (values.getCurrentDefinitionLevel() == column.getMaxDefinitionLevel()) {
                        values.writeCurrentValueToConverter();
                        if (isPlace) {
                            follow(values.getLong(), rows == 0 && before == Long.MIN_VALUE, lower, wrong);
                        }
                    } else if (isPlace) {
                        say(wrong, "a row has no place among the others");
                    }
                    values.consume();
                }
            }
            rows += group.getRowCount();
        }
        if (placeId != NO_COLUMN && before != upper) {
            say(wrong, "its last row is " + before + ", the table says " + upper);
        }
        return rows;
    }

    private void follow(long sequence, boolean isFirst, long lower, List<String> wrong) {
        if (isFirst && sequence != lower) {
            say(wrong, "its first row is " + sequence + ", the table says " + lower);
        }
        if (sequence <= before) {
            say(wrong, "row " + sequence + " comes after row " + before);
        }
        before = sequence;
    }

    private static void say(List<String> wrong, String what) {
        if (wrong.size() < WRONG_MAX) {
            wrong.add(what);
        }
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
