// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
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
import org.jspecify.annotations.Nullable;

/**
 * Rows as JSON, one object a line, in schema order, nulls included.
 *
 * <pre>
 * {"ts":"2026-01-01T00:00:00.000000Z","status":200,"seconds":5.0,"total":"12345678901234567.89","tags":{"a":1},"by":null}
 * </pre>
 *
 * <p>Among the hidden columns, only a row that came from another cache shows where from. A float or double always has a fraction or an exponent, and a decimal that a reader's double could not hold (a
 * precision over 15) is a string. Strings go from Arrow's bytes to the line without becoming Java strings.
 */
public final class JsonlEncoder implements RowEncoder {
    private static final int NUMBER_PRECISION_MAX = 15;
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .rootValueSeparator("")
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    private final Hidden hidden;

    public JsonlEncoder(Hidden hidden) {
        this.hidden = hidden;
    }

    @Override
    public String extension() {
        return "jsonl";
    }

    @Override
    public String version() {
        return "jsonl/1";
    }

    @Override
    public Encoding start(OutputStream out) {
        return new Encoding() {
            @Override
            public void add(RowBatch batch) throws IOException {
                encode(batch, out);
            }

            @Override
            public void close() {
                // A line ends by itself.
            }
        };
    }

    /** Writes every row of a batch that was read, in order; {@code out} is neither flushed nor closed. */
    public void encode(RowBatch batch, OutputStream out) throws IOException {
        List<Field> fields = fields(batch);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            for (int row = 0; row < batch.rows(); row++) {
                json.writeStartObject();
                for (Field field : fields) {
                    if (field.isIn(row)) {
                        json.writeFieldName(field.name);
                        field.value.write(json, row);
                    }
                }
                json.writeEndObject();
                json.writeRaw('\n');
            }
        }
    }

    private List<Field> fields(RowBatch batch) {
        List<Field> fields = new ArrayList<>();
        if (hidden == Hidden.SHOWN) {
            fields.add(field(batch, RowBatch.SEQUENCE, ColumnType.LONG));
            if (batch.isLegacy()) {
                fields.add(field(batch, RowBatch.LEGACY_ORDINAL, ColumnType.LONG));
            }
            fields.add(field(batch, RowBatch.INGEST_TIME, ColumnType.TIMESTAMP));
            if (batch.hasOrigins()) {
                RowBatch.ORIGINS.forEach(column ->
                        fields.add(field(batch, column.name(), column.type()).onlyWithValue(batch)));
            }
        }
        for (Column column : batch.dataset().columns()) {
            fields.add(field(batch, column.name(), column.type()));
        }
        return fields;
    }

    private static Field field(RowBatch batch, String name, ColumnType type) {
        FieldVector vector = batch.vector(name).orElse(null);
        return new Field(
                new SerializedString(name), vector == null ? Value.NULL : nullable(vector, value(vector, type)), null);
    }

    private static Value nullable(FieldVector vector, Value value) {
        return (json, row) -> {
            if (vector.isNull(row)) {
                json.writeNull();
            } else {
                value.write(json, row);
            }
        };
    }

    private static Value value(FieldVector vector, ColumnType type) {
        return switch (type.kind()) {
            case BOOLEAN -> (json, row) -> json.writeBoolean(((BitVector) vector).get(row) != 0);
            case INT -> (json, row) -> json.writeNumber(((IntVector) vector).get(row));
            case LONG -> (json, row) -> json.writeNumber(((BigIntVector) vector).get(row));
            case FLOAT -> (json, row) -> json.writeNumber(((Float4Vector) vector).get(row));
            case DOUBLE -> (json, row) -> json.writeNumber(((Float8Vector) vector).get(row));
            case DECIMAL ->
                (json, row) -> writeDecimal(json, ((DecimalVector) vector).getObject(row), type.precision());
            case STRING -> (json, row) -> writeText(json, ((VarCharVector) vector).get(row));
            case BINARY -> (json, row) -> json.writeBinary(((VarBinaryVector) vector).get(row));
            case DATE ->
                (json, row) -> json.writeString(
                        LocalDate.ofEpochDay(((DateDayVector) vector).get(row)).toString());
            case TIMESTAMP ->
                (json, row) -> json.writeString(Timestamps.text(((TimeStampMicroTZVector) vector).get(row)));
            case JSON -> (json, row) -> writeJson(json, ((VarCharVector) vector).get(row));
        };
    }

    private static void writeText(JsonGenerator json, byte @Nullable [] utf8) throws IOException {
        if (utf8 == null) {
            json.writeNull();
        } else {
            json.writeUTF8String(utf8, 0, utf8.length);
        }
    }

    /** A line break in JSON text can only be space between tokens, and would tear the line. */
    private static void writeJson(JsonGenerator json, byte @Nullable [] utf8) throws IOException {
        if (utf8 == null) {
            json.writeNull();
            return;
        }
        for (int i = 0; i < utf8.length; i++) {
            if (utf8[i] == '\n' || utf8[i] == '\r') {
                utf8[i] = ' ';
            }
        }
        json.writeRawValue(new String(utf8, StandardCharsets.UTF_8));
    }

    private static void writeDecimal(JsonGenerator json, @Nullable BigDecimal value, int precision) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (precision > NUMBER_PRECISION_MAX) {
            json.writeString(value.toPlainString());
        } else {
            json.writeNumber(value);
        }
    }

    /**
     * One column of the batch in hand.
     *
     * @param required rows without a value here do not show the column; null when all do
     */
    private record Field(
            SerializedString name, Value value, @Nullable FieldVector required) {
        Field onlyWithValue(RowBatch batch) {
            return new Field(name, value, batch.vector(name.getValue()).orElseThrow());
        }

        boolean isIn(int row) {
            return required == null || !required.isNull(row);
        }
    }

    /** Writes the value that one row has in one column. */
    @FunctionalInterface
    private interface Value {
        Value NULL = (json, row) -> json.writeNull();

        void write(JsonGenerator json, int row) throws IOException;
    }
}
