// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.util.stream.Stream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.iceberg.DoubleFieldMetrics;
import org.apache.iceberg.FieldMetrics;
import org.apache.iceberg.FloatFieldMetrics;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;

/**
 * One column of a file that is written, and the vector that its values come from.
 *
 * <p>Rows of an older schema may have the column narrower: int for long, float for double.
 */
abstract class ColumnSource {
    /** The definition level of a value that is there. */
    private static final int PRESENT = 1;

    private final String name;
    private final ColumnDescriptor descriptor;
    private @Nullable ColumnWriter out;
    private @Nullable ArrowBuf validity;
    private boolean absent;
    private long nulls;

    private ColumnSource(NestedField field, ColumnDescriptor descriptor) {
        this.name = field.name();
        this.descriptor = descriptor;
    }

    static ColumnSource of(NestedField field, ColumnDescriptor descriptor) {
        return switch (field.type().typeId()) {
            case BOOLEAN -> new Booleans(field, descriptor);
            case INTEGER, DATE -> new Ints(field, descriptor);
            case LONG, TIMESTAMP -> new Longs(field, descriptor);
            case FLOAT -> new Floats(field, descriptor);
            case DOUBLE -> new Doubles(field, descriptor);
            case STRING, BINARY -> new Bytes(field, descriptor);
            case DECIMAL ->
                switch (descriptor.getPrimitiveType().getPrimitiveTypeName()) {
                    case INT32 -> new IntDecimals(field, descriptor);
                    case INT64 -> new LongDecimals(field, descriptor);
                    default -> new FixedDecimals(field, descriptor);
                };
            default -> throw new IllegalStateException("no column is a " + field.type());
        };
    }

    /** From now on values go to this row group. */
    final void writeTo(ColumnWriteStore store) {
        out = store.getColumnWriter(descriptor);
    }

    /** From now on values come from this batch. */
    final void read(VectorSchemaRoot batch) {
        FieldVector vector = batch.getVector(name);
        absent = vector == null;
        validity = null;
        if (vector != null) {
            if (vector.getNullCount() > 0) {
                validity = vector.getValidityBuffer();
            }
            bind(vector);
        }
    }

    final void write(int row) {
        ColumnWriter to = out;
        if (to == null) {
            throw new IllegalStateException("no row group was begun");
        }
        if (absent || (validity != null && BitVectorHelper.get(validity, row) == 0)) {
            nulls++;
            to.writeNull(0, 0);
        } else {
            write(row, to);
        }
    }

    abstract void bind(FieldVector vector);

    abstract void write(int row, ColumnWriter to);

    /** For a type whose values Parquet's statistics do not tell whole; these count in place of Parquet's. */
    Stream<FieldMetrics<?>> metrics() {
        return Stream.empty();
    }

    final <T> FieldMetrics<T> withNulls(FieldMetrics<T> values) {
        return new FieldMetrics<>(
                values.id(),
                values.valueCount() + nulls,
                nulls,
                values.nanValueCount(),
                values.lowerBound(),
                values.upperBound());
    }

    /** A column of values of one width. */
    private abstract static class Fixed extends ColumnSource {
        private @Nullable ArrowBuf values;
        private @Nullable FieldVector bound;

        Fixed(NestedField field, ColumnDescriptor descriptor) {
            super(field, descriptor);
        }

        @Override
        final void bind(FieldVector vector) {
            values = vector.getDataBuffer();
            bound = vector;
        }

        final @Nullable FieldVector bound() {
            return bound;
        }

        final ArrowBuf values() {
            if (values == null) {
                throw new IllegalStateException("no batch was bound");
            }
            return values;
        }
    }

    private static final class Booleans extends Fixed {
        Booleans(NestedField field, ColumnDescriptor descriptor) {
            super(field, descriptor);
        }

        @Override
        void write(int row, ColumnWriter to) {
            to.write(BitVectorHelper.get(values(), row) != 0, 0, PRESENT);
        }
    }

    private static final class Ints extends Fixed {
        Ints(NestedField field, ColumnDescriptor descriptor) {
            super(field, descriptor);
        }

        @Override
        void write(int row, ColumnWriter to) {
            to.write(values().getInt((long) row * Integer.BYTES), 0, PRESENT);
        }
    }

    private static final class Longs extends Fixed {
        Longs(NestedField field, ColumnDescriptor descriptor) {
            super(field, descriptor);
        }

        @Override
        void write(int row, ColumnWriter to) {
            long value = bound() instanceof IntVector
                    ? values().getInt((long) row * Integer.BYTES)
                    : values().getLong((long) row * Long.BYTES);
            to.write(value, 0, PRESENT);
        }
    }

    private static final class Floats extends Fixed {
        private final FloatFieldMetrics.Builder metrics;

        Floats(NestedField field, ColumnDescriptor descriptor) {
            super(field, descriptor);
            metrics = new FloatFieldMetrics.Builder(field.fieldId());
        }

        @Override
        void write(int row, ColumnWriter to) {
            float value = values().getFloat((long) row * Float.BYTES);
            metrics.addValue(value);
            to.write(value, 0, PRESENT);
        }

        @Override
        Stream<FieldMetrics<?>> metrics() {
            return Stream.of(withNulls(metrics.build()));
        }
    }

    private static final class Doubles extends Fixed {
        private final DoubleFieldMetrics.Builder metrics;

        Doubles(NestedField field, ColumnDescriptor descriptor) {
            super(field, descriptor);
            metrics = new DoubleFieldMetrics.Builder(field.fieldId());
        }

        @Override
        void write(int row, ColumnWriter to) {
            double value = bound() instanceof Float4Vector
                    ? values().getFloat((long) row * Float.BYTES)
                    : values().getDouble((long) row * Double.BYTES);
            metrics.addValue(value);
            to.write(value, 0, PRESENT);
        }

        @Override
        Stream<FieldMetrics<?>> metrics() {
            return Stream.of(withNulls(metrics.build()));
        }
    }

    /** Decimals that fit into 32 bits: Arrow has the lowest bytes first. */
    private static final class IntDecimals extends Fixed {
        IntDecimals(NestedField field, ColumnDescriptor descriptor) {
            super(field, descriptor);
        }

        @Override
        void write(int row, ColumnWriter to) {
            to.write(values().getInt((long) row * DecimalVector.TYPE_WIDTH), 0, PRESENT);
        }
    }

    private static final class LongDecimals extends Fixed {
        LongDecimals(NestedField field, ColumnDescriptor descriptor) {
            super(field, descriptor);
        }

        @Override
        void write(int row, ColumnWriter to) {
            to.write(values().getLong((long) row * DecimalVector.TYPE_WIDTH), 0, PRESENT);
        }
    }

    /** Wider decimals: as many bytes as the precision needs, the highest first. */
    private static final class FixedDecimals extends Fixed {
        private final byte[] unscaled;

        FixedDecimals(NestedField field, ColumnDescriptor descriptor) {
            super(field, descriptor);
            unscaled = new byte[descriptor.getPrimitiveType().getTypeLength()];
        }

        @Override
        void write(int row, ColumnWriter to) {
            long start = (long) row * DecimalVector.TYPE_WIDTH;
            for (int i = 0; i < unscaled.length; i++) {
                unscaled[unscaled.length - 1 - i] = values().getByte(start + i);
            }
            to.write(Binary.fromReusedByteArray(unscaled), 0, PRESENT);
        }
    }

    /** Texts and bytes; a batch's are fetched onto the heap at once, because Parquet copies from there. */
    private static final class Bytes extends ColumnSource {
        private byte[] values = new byte[0];
        private int[] ends = new int[0];

        Bytes(NestedField field, ColumnDescriptor descriptor) {
            super(field, descriptor);
        }

        @Override
        void bind(FieldVector vector) {
            int rows = vector.getValueCount();
            ArrowBuf offsets = vector.getOffsetBuffer();
            if (ends.length < rows + 1) {
                ends = new int[rows + 1];
            }
            if (rows > 0) {
                int begin = offsets.getInt(0);
                for (int row = 0; row <= rows; row++) {
                    ends[row] = offsets.getInt((long) row * BaseVariableWidthVector.OFFSET_WIDTH) - begin;
                }
                if (values.length < ends[rows]) {
                    values = new byte[ends[rows]];
                }
                vector.getDataBuffer().getBytes(begin, values, 0, ends[rows]);
            }
        }

        @Override
        void write(int row, ColumnWriter to) {
            to.write(Binary.fromReusedByteArray(values, ends[row], ends[row + 1] - ends[row]), 0, PRESENT);
        }
    }
}
