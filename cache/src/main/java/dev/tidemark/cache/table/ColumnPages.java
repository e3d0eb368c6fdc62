// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.impl.ColumnReaderImpl;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * The values of one column in one row group, read into Arrow vectors.
 *
 * <p>A column that was narrower when the file was written is widened as Iceberg allows: int to long, float to double, a
 * decimal to more digits. A view that is older than the file, because a flush widened the column meanwhile, gets its rows
 * as they were.
 */
final class ColumnPages {
    /** Parquet wants to be told where values go; they are taken instead. */
    private static final PrimitiveConverter NOWHERE = new PrimitiveConverter() {};

    private final ColumnReader reader;
    private final PrimitiveTypeName type;
    private final int present;

    ColumnPages(ColumnDescriptor descriptor, PageReader pages) {
        reader = new ColumnReaderImpl(descriptor, new CheckedPages(descriptor, pages), NOWHERE, null);
        type = descriptor.getPrimitiveType().getPrimitiveTypeName();
        present = descriptor.getMaxDefinitionLevel();
    }

    /** Pages whose headers, which their checksums do not cover, say of levels what every writer of today does. */
    private record CheckedPages(ColumnDescriptor column, PageReader pages) implements PageReader {
        @Override
        public @Nullable DictionaryPage readDictionaryPage() {
            return pages.readDictionaryPage();
        }

        @Override
        public long getTotalValueCount() {
            return pages.getTotalValueCount();
        }

        @Override
        public DataPage readPage() {
            DataPage page = pages.readPage();
            if (page instanceof DataPageV1 first
                    && column.getMaxDefinitionLevel() > 0
                    && first.getDlEncoding() != Encoding.RLE) {
                throw new ParquetDecodingException(
                        "a page of " + column.getPath()[0] + " has its levels in " + first.getDlEncoding());
            }
            return page;
        }
    }

    private boolean isPresent() {
        return reader.getCurrentDefinitionLevel() == present;
    }

    void skip(int rows) {
        for (int row = 0; row < rows; row++) {
            if (isPresent()) {
                reader.skip();
            }
            reader.consume();
        }
    }

    /** Reads places, which no row is without. */
    void readLongs(long[] target, int rows) {
        for (int row = 0; row < rows; row++) {
            if (!isPresent()) {
                throw new IllegalStateException("a row has no place");
            }
            target[row] = reader.getLong();
            reader.consume();
        }
    }

    /** Reads the next rows into a vector that has {@code at} already. */
    void read(FieldVector target, int at, int rows) {
        Cell cell = cell(target);
        int end = at + rows;
        while (target.getValueCapacity() < end) {
            target.reAlloc();
        }
        for (int row = at; row < end; row++) {
            if (isPresent()) {
                cell.set(row);
            } else {
                target.setNull(row);
            }
            reader.consume();
        }
    }

    /** Takes the present value into one row of a vector. */
    @FunctionalInterface
    private interface Cell {
        void set(int row);
    }

    private Cell cell(FieldVector target) {
        return switch (target) {
            case BitVector vector -> row -> vector.set(row, reader.getBoolean() ? 1 : 0);
            case IntVector vector ->
                type == PrimitiveTypeName.INT64
                        ? row -> vector.set(row, Math.toIntExact(reader.getLong()))
                        : row -> vector.set(row, reader.getInteger());
            case DateDayVector vector -> row -> vector.set(row, reader.getInteger());
            case BigIntVector vector ->
                type == PrimitiveTypeName.INT32
                        ? row -> vector.set(row, reader.getInteger())
                        : row -> vector.set(row, reader.getLong());
            case TimeStampMicroTZVector vector -> row -> vector.set(row, reader.getLong());
            case Float4Vector vector ->
                type == PrimitiveTypeName.DOUBLE
                        ? row -> vector.set(row, (float) reader.getDouble())
                        : row -> vector.set(row, reader.getFloat());
            case Float8Vector vector ->
                type == PrimitiveTypeName.FLOAT
                        ? row -> vector.set(row, reader.getFloat())
                        : row -> vector.set(row, reader.getDouble());
            case DecimalVector vector -> decimal(vector);
            case BaseVariableWidthVector vector ->
                row -> {
                    ByteBuffer value = reader.getBinary().toByteBuffer();
                    vector.setSafe(row, value, value.position(), value.remaining());
                };
            default -> throw new IllegalStateException("no column has a " + target.getClass());
        };
    }

    private Cell decimal(DecimalVector vector) {
        return switch (type) {
            case INT32 -> row -> vector.set(row, reader.getInteger());
            case INT64 -> row -> vector.set(row, reader.getLong());
            default ->
                row -> vector.set(
                        row, new BigDecimal(new BigInteger(reader.getBinary().getBytesUnsafe()), vector.getScale()));
        };
    }
}
