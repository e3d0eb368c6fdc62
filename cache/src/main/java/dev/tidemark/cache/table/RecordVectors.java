// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
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
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.jspecify.annotations.Nullable;

/** The rows of a batch as Iceberg's generic records, both ways. */
final class RecordVectors {
    private RecordVectors() {}

    /** One row as a record of the table's schema; columns that the batch lacks are null. */
    static Record record(RowBatch batch, int row, Schema schema) {
        GenericRecord record = GenericRecord.create(schema);
        for (int i = 0; i < schema.columns().size(); i++) {
            FieldVector vector =
                    batch.vectors().getVector(schema.columns().get(i).name());
            record.set(i, vector == null || vector.isNull(row) ? null : value(vector, row));
        }
        return record;
    }

    /** About how many bytes the values of a record take. */
    static long bytes(Record record) {
        long bytes = 0;
        for (int i = 0; i < record.size(); i++) {
            bytes += switch (record.get(i)) {
                case CharSequence text -> text.length();
                case ByteBuffer binary -> binary.remaining();
                case null, default -> Long.BYTES;
            };
        }
        return bytes;
    }

    /** Records of {@link TableSchema#projection} as a batch, which the caller closes. */
    static RowBatch batch(List<Record> records, Dataset dataset, BufferAllocator memory) {
        RowBatch batch = RowBatch.readable(dataset, memory);
        try {
            batch.vectors().allocateNew();
            List<FieldVector> vectors = batch.vectors().getFieldVectors();
            for (int row = 0; row < records.size(); row++) {
                for (int i = 0; i < vectors.size(); i++) {
                    set(vectors.get(i), row, records.get(row).get(i));
                }
            }
            batch.vectors().setRowCount(records.size());
            return batch;
        } catch (RuntimeException e) {
            batch.close();
            throw e;
        }
    }

    private static Object value(FieldVector vector, int row) {
        return switch (vector) {
            case TimeStampMicroTZVector time ->
                Instant.EPOCH.plus(time.get(row), ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
            case DateDayVector date -> LocalDate.ofEpochDay(date.get(row));
            case VarCharVector text -> new String(text.get(row), StandardCharsets.UTF_8);
            case VarBinaryVector bytes -> ByteBuffer.wrap(bytes.get(row));
            default -> vector.getObject(row);
        };
    }

    private static void set(FieldVector target, int row, @Nullable Object value) {
        if (value == null) {
            target.setNull(row);
            return;
        }
        switch (target) {
            case BitVector vector -> vector.setSafe(row, (Boolean) value ? 1 : 0);
            case IntVector vector -> vector.setSafe(row, (Integer) value);
            case BigIntVector vector -> vector.setSafe(row, (Long) value);
            case Float4Vector vector -> vector.setSafe(row, (Float) value);
            case Float8Vector vector -> vector.setSafe(row, (Double) value);
            case DecimalVector vector -> vector.setSafe(row, (BigDecimal) value);
            case VarCharVector vector -> vector.setSafe(row, value.toString().getBytes(StandardCharsets.UTF_8));
            case VarBinaryVector vector -> {
                ByteBuffer bytes = ((ByteBuffer) value).duplicate();
                vector.setSafe(row, bytes, bytes.position(), bytes.remaining());
            }
            case DateDayVector vector -> vector.setSafe(row, (int) ((LocalDate) value).toEpochDay());
            case TimeStampMicroTZVector vector ->
                vector.setSafe(row, ChronoUnit.MICROS.between(Instant.EPOCH, ((OffsetDateTime) value).toInstant()));
            default -> throw new IllegalStateException("no column has a " + target.getClass());
        }
    }
}
