// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
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

/** What one column is in Parquet, and how its values get there from a vector; every column is optional there. */
final class ParquetColumn {
    private static final int INT_DIGITS_MAX = 9;
    private static final int LONG_DIGITS_MAX = 18;

    /** The definition level of a value that is there. */
    private static final int PRESENT = 1;

    private ParquetColumn() {}

    static PrimitiveType type(Column column) {
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

    /** Writes the rows {@code [from, to)} of a vector; all null where there is none. */
    static void write(@Nullable FieldVector vector, Column column, int from, int to, ColumnWriter out) {
        Value value = vector == null ? null : value(vector, column.type());
        for (int row = from; row < to; row++) {
            write(vector, value, row, out);
        }
    }

    /** Writes rows of many batches, in any order; all null where a batch has no such vector. */
    static void write(
            List<VectorSchemaRoot> batches, Column column, Places places, int from, int to, ColumnWriter out) {
        FieldVector[] vectors = new FieldVector[batches.size()];
        Value[] values = new Value[batches.size()];
        for (int i = 0; i < vectors.length; i++) {
            FieldVector vector = batches.get(i).getVector(column.name());
            if (vector != null) {
                vectors[i] = vector;
                values[i] = value(vector, column.type());
            }
        }
        for (int i = from; i < to; i++) {
            int batch = places.batch(i);
            write(vectors[batch], values[batch], places.row(i), out);
        }
    }

    private static void write(@Nullable FieldVector vector, @Nullable Value value, int row, ColumnWriter out) {
        if (vector == null || value == null || vector.isNull(row)) {
            out.writeNull(0, 0);
        } else {
            value.write(row, out);
        }
    }

    private static Value value(FieldVector vector, ColumnType type) {
        return switch (type.kind()) {
            case BOOLEAN -> (row, out) -> out.write(((BitVector) vector).get(row) != 0, 0, PRESENT);
            case INT -> (row, out) -> out.write(((IntVector) vector).get(row), 0, PRESENT);
            case LONG -> (row, out) -> out.write(((BigIntVector) vector).get(row), 0, PRESENT);
            case FLOAT -> (row, out) -> out.write(((Float4Vector) vector).get(row), 0, PRESENT);
            case DOUBLE -> (row, out) -> out.write(((Float8Vector) vector).get(row), 0, PRESENT);
            case DATE -> (row, out) -> out.write(((DateDayVector) vector).get(row), 0, PRESENT);
            case TIMESTAMP -> (row, out) -> out.write(((TimeStampMicroTZVector) vector).get(row), 0, PRESENT);
            case STRING, JSON ->
                (row, out) -> out.write(Binary.fromReusedByteArray(((VarCharVector) vector).get(row)), 0, PRESENT);
            case BINARY ->
                (row, out) -> out.write(Binary.fromReusedByteArray(((VarBinaryVector) vector).get(row)), 0, PRESENT);
            case DECIMAL -> decimal((DecimalVector) vector, type.precision());
        };
    }

    private static Value decimal(DecimalVector vector, int precision) {
        if (precision <= INT_DIGITS_MAX) {
            return (row, out) -> out.write(unscaled(vector, row).intValueExact(), 0, PRESENT);
        }
        if (precision <= LONG_DIGITS_MAX) {
            return (row, out) -> out.write(unscaled(vector, row).longValueExact(), 0, PRESENT);
        }
        byte[] fixed = new byte[bytesFor(precision)];
        return (row, out) -> {
            byte[] bytes = unscaled(vector, row).toByteArray();
            int lead = fixed.length - bytes.length;
            Arrays.fill(fixed, 0, lead, (byte) (bytes[0] < 0 ? -1 : 0));
            System.arraycopy(bytes, 0, fixed, lead, bytes.length);
            out.write(Binary.fromReusedByteArray(fixed), 0, PRESENT);
        };
    }

    private static BigInteger unscaled(DecimalVector vector, int row) {
        return vector.getObject(row).unscaledValue();
    }

    /** Writes the value that one row has. */
    @FunctionalInterface
    private interface Value {
        void write(int row, ColumnWriter out);
    }
}
