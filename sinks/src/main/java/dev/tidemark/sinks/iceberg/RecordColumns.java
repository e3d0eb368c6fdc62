// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
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
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;

/** The columns of a table's files, and how the values of Iceberg's records get into vectors of them. */
record RecordColumns(List<Column> columns) {
    /**
     * The columns of a schema.
     *
     * @throws IllegalArgumentException when one has a type that no dataset has
     */
    static RecordColumns of(Schema schema) {
        List<Column> columns = new ArrayList<>();
        for (NestedField field : schema.columns()) {
            columns.add(new Column(field.fieldId(), field.name(), type(field), false, true));
        }
        return new RecordColumns(columns);
    }

    private static ColumnType type(NestedField field) {
        Type type = field.type();
        return switch (type.typeId()) {
            case BOOLEAN -> ColumnType.BOOLEAN;
            case INTEGER -> ColumnType.INT;
            case LONG -> ColumnType.LONG;
            case FLOAT -> ColumnType.FLOAT;
            case DOUBLE -> ColumnType.DOUBLE;
            case STRING -> ColumnType.STRING;
            case BINARY -> ColumnType.BINARY;
            case DATE -> ColumnType.DATE;
            case DECIMAL -> {
                Types.DecimalType decimal = (Types.DecimalType) type;
                yield ColumnType.decimal(decimal.precision(), decimal.scale());
            }
            case TIMESTAMP -> {
                if (((Types.TimestampType) type).shouldAdjustToUTC()) {
                    yield ColumnType.TIMESTAMP;
                }
                throw strange(field);
            }
            default -> throw strange(field);
        };
    }

    private static IllegalArgumentException strange(NestedField field) {
        return new IllegalArgumentException("column " + field.name() + " is a " + field.type()
                + ", which another engine added and this rewrite does not write");
    }

    VectorSchemaRoot batch(BufferAllocator memory) {
        return VectorSchemaRoot.create(
                new org.apache.arrow.vector.types.pojo.Schema(
                        columns.stream().map(Column::field).toList()),
                memory);
    }

    /** Puts a record at a row of a batch; roughly how many bytes it takes there. */
    long set(VectorSchemaRoot batch, int row, Record record) {
        long bytes = 0;
        for (int i = 0; i < columns.size(); i++) {
            Object value = record.getField(columns.get(i).name());
            if (value != null) {
                bytes += set(batch.getVector(i), row, value);
            }
        }
        return bytes;
    }

    private static long set(FieldVector vector, int row, Object value) {
        switch (vector) {
            case VarCharVector text -> {
                byte[] bytes = value.toString().getBytes(StandardCharsets.UTF_8);
                text.setSafe(row, bytes);
                return (long) bytes.length + Integer.BYTES;
            }
            case VarBinaryVector binary -> {
                ByteBuffer bytes = ((ByteBuffer) value).duplicate();
                binary.setSafe(row, bytes, bytes.position(), bytes.remaining());
                return (long) bytes.remaining() + Integer.BYTES;
            }
            case BigIntVector number -> number.setSafe(row, (Long) value);
            case IntVector number -> number.setSafe(row, (Integer) value);
            case BitVector bit -> bit.setSafe(row, (Boolean) value ? 1 : 0);
            case Float4Vector number -> number.setSafe(row, (Float) value);
            case Float8Vector number -> number.setSafe(row, (Double) value);
            case DecimalVector number -> number.setSafe(row, (BigDecimal) value);
            case DateDayVector date -> date.setSafe(row, Math.toIntExact(((LocalDate) value).toEpochDay()));
            case TimeStampMicroTZVector time ->
                time.setSafe(row, ChronoUnit.MICROS.between(Instant.EPOCH, ((OffsetDateTime) value).toInstant()));
            default -> throw new IllegalStateException("no column is a " + vector.getField());
        }
        return vector instanceof DecimalVector ? DecimalVector.TYPE_WIDTH : Long.BYTES;
    }
}
