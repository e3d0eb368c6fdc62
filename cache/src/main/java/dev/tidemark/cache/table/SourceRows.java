// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import java.io.Closeable;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
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
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a source as batches of legacy rows in a dataset's types, with ordinals that count up.
 *
 * <p>A value that the dataset's type cannot hold as it is ends the reading: it would not be the same row.
 */
final class SourceRows implements Closeable {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int NO_COLUMN = -1;
    static final int BATCH_ROWS = 1024;
    static final long BATCH_BYTES = 4 << 20;

    private final Dataset dataset;
    private final BufferAllocator memory;
    private final CloseableIterable<Record> source;
    private final Iterator<Record> rows;
    private final List<Target> targets = new ArrayList<>();
    private final long first;
    private final int positionColumn;
    private long ordinal;

    /** A column of the dataset, and where its values stand in a source's rows. */
    private record Target(Column column, int position) {}

    /** @param first the ordinal of the first row */
    SourceRows(AdoptionSource from, FileIO io, Dataset dataset, long first, BufferAllocator memory) {
        this.dataset = dataset;
        this.memory = memory;
        this.source = from.rows(io);
        this.rows = source.iterator();
        this.first = first;
        this.positionColumn = from.hasDeletes() ? from.positionColumn() : NO_COLUMN;
        this.ordinal = first;
        List<NestedField> fields = from.schema().columns();
        for (int i = 0; i < fields.size(); i++) {
            Column column = dataset.column(fields.get(i).name()).orElse(null);
            if (column != null) {
                targets.add(new Target(column, i));
            }
        }
    }

    /** The next rows, at least one, which the caller closes; null at the end. */
    @Nullable
    RowBatch next() throws IOException {
        if (!rows.hasNext()) {
            return null;
        }
        RowBatch batch = RowBatch.readableLegacy(dataset, memory);
        try {
            batch.vectors().allocateNew();
            BigIntVector ordinals = (BigIntVector) batch.vectors().getVector(RowBatch.LEGACY_ORDINAL);
            int row = 0;
            long bytes = 0;
            while (row < BATCH_ROWS && bytes < BATCH_BYTES && rows.hasNext()) {
                Record record = rows.next();
                if (positionColumn != NO_COLUMN) {
                    ordinal = first + (Long) record.get(positionColumn);
                }
                ordinals.setSafe(row, ordinal);
                for (Target target : targets) {
                    Object value = record.get(target.position());
                    if (value != null) {
                        bytes += set(batch.vectors().getVector(target.column().name()), target.column(), row, value);
                    }
                }
                ordinal++;
                row++;
            }
            batch.vectors().setRowCount(row);
            return batch;
        } catch (IOException | RuntimeException e) {
            batch.close();
            throw e;
        }
    }

    /** Sets one value; about how many bytes it takes. */
    private long set(FieldVector target, Column column, int row, Object value) throws IOException {
        switch (target) {
            case BitVector vector -> vector.setSafe(row, ((Boolean) value) ? 1 : 0);
            case IntVector vector -> vector.setSafe(row, (Integer) value);
            case BigIntVector vector -> vector.setSafe(row, ((Number) value).longValue());
            case Float4Vector vector -> vector.setSafe(row, (Float) value);
            case Float8Vector vector -> vector.setSafe(row, ((Number) value).doubleValue());
            case DecimalVector vector -> vector.setSafe(row, ((BigDecimal) value).setScale(vector.getScale()));
            case DateDayVector vector -> vector.setSafe(row, Math.toIntExact(((LocalDate) value).toEpochDay()));
            case TimeStampMicroTZVector vector -> vector.setSafe(row, micros(column, value));
            case VarBinaryVector vector -> {
                byte[] bytes = bytes(value);
                vector.setSafe(row, bytes);
                return bytes.length;
            }
            case VarCharVector vector -> {
                byte[] text = (column.type().equals(ColumnType.JSON) ? json(column, value) : value.toString())
                        .getBytes(StandardCharsets.UTF_8);
                vector.setSafe(row, text);
                return text.length;
            }
            default -> throw new IllegalStateException("no column has a " + target.getClass());
        }
        return Long.BYTES;
    }

    private long micros(Column column, Object value) throws IOException {
        Instant instant = switch (value) {
            case OffsetDateTime time -> time.toInstant();
            case LocalDateTime time -> time.toInstant(ZoneOffset.UTC);
            default -> throw new IllegalStateException("a timestamp came as " + value.getClass());
        };
        if (!instant.truncatedTo(ChronoUnit.MICROS).equals(instant)) {
            throw misfit(column, "is finer than a microsecond");
        }
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    private IOException misfit(Column column, String why) {
        return new IOException("column " + column.name() + " of the row with ordinal " + ordinal + " " + why);
    }

    private static byte[] bytes(Object value) {
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        ByteBuffer buffer = ((ByteBuffer) value).duplicate();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private String json(Column column, Object value) throws IOException {
        if (value instanceof CharSequence text) {
            return validated(column, text.toString());
        }
        StringWriter out = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            write(json, value);
        }
        return out.toString();
    }

    private String validated(Column column, String text) throws IOException {
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() == null) {
                throw misfit(column, "is empty, which is no JSON");
            }
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw misfit(column, "has more than one JSON value");
            }
            return text;
        } catch (JsonProcessingException e) {
            throw misfit(column, "is no JSON: " + e.getOriginalMessage());
        }
    }

    private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case Boolean flag -> json.writeBoolean(flag);
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Float number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            case BigDecimal number -> json.writeNumber(number);
            case byte[] bytes -> json.writeString(Base64.getEncoder().encodeToString(bytes));
            case ByteBuffer bytes -> json.writeString(Base64.getEncoder().encodeToString(bytes(bytes)));
            case Record struct -> {
                json.writeStartObject();
                List<NestedField> fields = struct.struct().fields();
                for (int i = 0; i < fields.size(); i++) {
                    json.writeFieldName(fields.get(i).name());
                    write(json, struct.get(i));
                }
                json.writeEndObject();
            }
            case List<?> list -> {
                json.writeStartArray();
                for (Object element : list) {
                    write(json, element);
                }
                json.writeEndArray();
            }
            case Map<?, ?> map -> {
                json.writeStartObject();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    json.writeFieldName(entry.getKey().toString());
                    write(json, entry.getValue());
                }
                json.writeEndObject();
            }
            default -> json.writeString(value.toString());
        }
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
