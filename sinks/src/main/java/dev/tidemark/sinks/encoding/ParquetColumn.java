// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/** One column of a Parquet file, where every column is optional, and the vectors that its values come from. */
final class ParquetColumn {
    private static final int INT_DIGITS_MAX = 9;
    private static final int LONG_DIGITS_MAX = 18;

    /** The definition level of a value that is there. */
    private static final int PRESENT = 1;

    private final Column column;
    private final List<@Nullable Source> sources = new ArrayList<>();
    private final List<RowSlice.@Nullable Texts> texts = new ArrayList<>();

    ParquetColumn(Column column) {
        this.column = column;
    }

    Column column() {
        return column;
    }

    PrimitiveType type() {
        ColumnType type = column.type();
        Types.PrimitiveBuilder<PrimitiveType> plain = switch (type.kind()) {
            case BOOLEAN -> optional(PrimitiveTypeName.BOOLEAN, null);
            case INT -> optional(PrimitiveTypeName.INT32, null);
            case LONG -> optional(PrimitiveTypeName.INT64, null);
            case FLOAT -> optional(PrimitiveTypeName.FLOAT, null);
            case DOUBLE -> optional(PrimitiveTypeName.DOUBLE, null);
            case DECIMAL -> decimal(type);
            case STRING -> optional(PrimitiveTypeName.BINARY, LogicalTypeAnnotation.stringType());
            case JSON -> optional(PrimitiveTypeName.BINARY, LogicalTypeAnnotation.jsonType());
            case BINARY -> optional(PrimitiveTypeName.BINARY, null);
            case DATE -> optional(PrimitiveTypeName.INT32, LogicalTypeAnnotation.dateType());
            case TIMESTAMP ->
                optional(PrimitiveTypeName.INT64, LogicalTypeAnnotation.timestampType(true, TimeUnit.MICROS));
        };
        return plain.id(column.id()).named(column.name());
    }

    private static Types.PrimitiveBuilder<PrimitiveType> decimal(ColumnType type) {
        LogicalTypeAnnotation digits = LogicalTypeAnnotation.decimalType(type.scale(), type.precision());
        if (type.precision() <= INT_DIGITS_MAX) {
            return optional(PrimitiveTypeName.INT32, digits);
        }
        return type.precision() <= LONG_DIGITS_MAX
                ? optional(PrimitiveTypeName.INT64, digits)
                : optional(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY, digits).length(bytesFor(type.precision()));
    }

    private static Types.PrimitiveBuilder<PrimitiveType> optional(
            PrimitiveTypeName name, @Nullable LogicalTypeAnnotation meaning) {
        Types.PrimitiveBuilder<PrimitiveType> builder = Types.primitive(name, Type.Repetition.OPTIONAL);
        return meaning == null ? builder : builder.as(meaning);
    }

    /** The fewest bytes whose two's complement holds every number of so many digits. */
    private static int bytesFor(int digits) {
        return BigInteger.TEN.pow(digits).bitLength() / Byte.SIZE + 1;
    }

    /** From now on values come from these batches; they are null in one that has no such vector. */
    void read(List<VectorSchemaRoot> batches) {
        sources.clear();
        texts.clear();
        for (VectorSchemaRoot batch : batches) {
            FieldVector vector = batch.getVector(column.name());
            Source source = vector == null
                    ? null
                    : new Source(vector.getDataBuffer(), vector.getNullCount() > 0 ? vector.getValidityBuffer() : null);
            sources.add(source);
            if (vector instanceof BaseVariableWidthVector) {
                texts.add(new RowSlice.Texts(vector.getOffsetBuffer(), vector.getDataBuffer()));
            } else {
                texts.add(null);
            }
        }
    }

    /** Writes the values that some rows have. */
    void write(RowSlice slice, ColumnWriter out) {
        switch (column.type().kind()) {
            case BOOLEAN -> each(slice, out, (from, row) -> out.write(BitVectorHelper.get(from, row) != 0, 0, PRESENT));
            case INT, DATE -> ints(slice, out);
            case LONG, TIMESTAMP -> longs(slice, out);
            case FLOAT ->
                each(slice, out, (from, row) -> out.write(from.getFloat((long) row * Float.BYTES), 0, PRESENT));
            case DOUBLE -> doubles(slice, out);
            case STRING, JSON, BINARY -> texts(slice, out);
            case DECIMAL -> decimals(slice, out);
        }
    }

    private void ints(RowSlice slice, ColumnWriter out) {
        for (int i = 0; i < slice.count(); i++) {
            ArrowBuf from = values(slice, i);
            if (from == null) {
                out.writeNull(0, 0);
            } else {
                out.write(from.getInt((long) slice.row(i) * Integer.BYTES), 0, PRESENT);
            }
        }
    }

    private void longs(RowSlice slice, ColumnWriter out) {
        for (int i = 0; i < slice.count(); i++) {
            ArrowBuf from = values(slice, i);
            if (from == null) {
                out.writeNull(0, 0);
            } else {
                out.write(from.getLong((long) slice.row(i) * Long.BYTES), 0, PRESENT);
            }
        }
    }

    private void doubles(RowSlice slice, ColumnWriter out) {
        for (int i = 0; i < slice.count(); i++) {
            ArrowBuf from = values(slice, i);
            if (from == null) {
                out.writeNull(0, 0);
            } else {
                out.write(from.getDouble((long) slice.row(i) * Double.BYTES), 0, PRESENT);
            }
        }
    }

    private void texts(RowSlice slice, ColumnWriter out) {
        int fetched = 0;
        for (int i = 0; i < slice.count(); i++) {
            if (i == fetched) {
                fetched = slice.fetch(texts, i);
            }
            if (values(slice, i) == null) {
                out.writeNull(0, 0);
            } else {
                out.write(slice.text(i), 0, PRESENT);
            }
        }
    }

    /** Arrow has the lowest bytes of a number first. */
    private void decimals(RowSlice slice, ColumnWriter out) {
        int precision = column.type().precision();
        if (precision <= INT_DIGITS_MAX) {
            each(slice, out, (from, row) -> out.write(from.getInt((long) row * DecimalVector.TYPE_WIDTH), 0, PRESENT));
        } else if (precision <= LONG_DIGITS_MAX) {
            each(slice, out, (from, row) -> out.write(from.getLong((long) row * DecimalVector.TYPE_WIDTH), 0, PRESENT));
        } else {
            byte[] fixed = new byte[bytesFor(precision)];
            each(slice, out, (from, row) -> {
                long start = (long) row * DecimalVector.TYPE_WIDTH;
                for (int i = 0; i < fixed.length; i++) {
                    fixed[fixed.length - 1 - i] = from.getByte(start + i);
                }
                out.write(Binary.fromReusedByteArray(fixed), 0, PRESENT);
            });
        }
    }

    private void each(RowSlice slice, ColumnWriter out, Value value) {
        for (int i = 0; i < slice.count(); i++) {
            ArrowBuf from = values(slice, i);
            if (from == null) {
                out.writeNull(0, 0);
            } else {
                value.write(from, slice.row(i));
            }
        }
    }

    /** Where the value of a row is; null where it has none. */
    private @Nullable ArrowBuf values(RowSlice slice, int i) {
        Source source = sources.get(slice.batch(i));
        return source == null || (source.validity != null && BitVectorHelper.get(source.validity, slice.row(i)) == 0)
                ? null
                : source.values;
    }

    /**
     * What one batch has of a column.
     *
     * @param validity null where every row has a value
     */
    private record Source(ArrowBuf values, @Nullable ArrowBuf validity) {}

    /** Writes the value that one row has. */
    @FunctionalInterface
    private interface Value {
        void write(ArrowBuf from, int row);
    }
}
