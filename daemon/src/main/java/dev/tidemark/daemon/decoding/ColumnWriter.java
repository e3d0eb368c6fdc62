// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
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

/**
 * Puts the values of one column into its vector, each exactly or not at all.
 *
 * <p>A row that brings no value is null there: nothing needs to be done for it.
 */
abstract class ColumnWriter {
    private static final int FIRST_ROWS = 1024;

    private final Column column;
    private final FieldVector vector;
    private int lastRow = -1;
    private int lastValueRow = -1;

    private ColumnWriter(Column column, FieldVector vector) {
        this.column = column;
        this.vector = vector;
        vector.setInitialCapacity(FIRST_ROWS);
    }

    /** The writer of a column; {@code values} reads nested values and text on behalf of all columns of a request. */
    static ColumnWriter of(Column column, ValueReader values, BufferAllocator memory) {
        String name = column.name();
        return switch (column.type().kind()) {
            case BOOLEAN -> new Booleans(column, new BitVector(name, memory));
            case INT -> new Ints(column, new IntVector(name, memory), values);
            case LONG -> new Longs(column, new BigIntVector(name, memory), values);
            case FLOAT -> new Floats(column, new Float4Vector(name, memory), values);
            case DOUBLE -> new Doubles(column, new Float8Vector(name, memory), values);
            case DECIMAL ->
                new Decimals(
                        column,
                        new DecimalVector(
                                name,
                                memory,
                                column.type().precision(),
                                column.type().scale()),
                        values);
            case STRING -> new Strings(column, new VarCharVector(name, memory), values);
            case BINARY -> new Binaries(column, new VarBinaryVector(name, memory));
            case DATE -> new Dates(column, new DateDayVector(name, memory));
            case TIMESTAMP -> new Timestamps(column, new TimeStampMicroTZVector(name, memory, "UTC"), values);
            case JSON -> new Jsons(column, new VarCharVector(name, memory), values);
        };
    }

    Column column() {
        return column;
    }

    FieldVector vector() {
        return vector;
    }

    /** Whether the row has had a value already; says from now on that it has. */
    boolean isSecondIn(int row) {
        boolean second = lastRow == row;
        lastRow = row;
        return second;
    }

    /** Whether the rows brought the column at all, if only as null. */
    boolean isShown() {
        return lastRow >= 0;
    }

    boolean hasValueIn(int row) {
        return lastValueRow == row;
    }

    /** Takes the value that the parser stands on, which is not null; false when it does not fit. */
    boolean take(JsonParser parser, JsonToken token, int row) throws IOException, TooDeepException {
        lastValueRow = row;
        return write(parser, token, row);
    }

    /** The wider type that takes the value which this column did not. */
    Optional<ColumnType> wider(JsonParser parser, JsonToken token) throws IOException {
        return Optional.empty();
    }

    abstract boolean write(JsonParser parser, JsonToken token, int row) throws IOException, TooDeepException;

    private static final class Booleans extends ColumnWriter {
        private final BitVector vector;

        Booleans(Column column, BitVector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(JsonParser parser, JsonToken token, int row) {
            if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
                return false;
            }
            vector.setSafe(row, token == JsonToken.VALUE_TRUE ? 1 : 0);
            return true;
        }
    }

    private static final class Ints extends ColumnWriter {
        private final IntVector vector;
        private final ValueReader values;

        Ints(Column column, IntVector vector, ValueReader values) {
            super(column, vector);
            this.vector = vector;
            this.values = values;
        }

        @Override
        boolean write(JsonParser parser, JsonToken token, int row) throws IOException {
            if (!values.readWhole(parser, token) || values.whole() != (int) values.whole()) {
                return false;
            }
            vector.setSafe(row, (int) values.whole());
            return true;
        }

        @Override
        Optional<ColumnType> wider(JsonParser parser, JsonToken token) throws IOException {
            return values.readWhole(parser, token) ? Optional.of(ColumnType.LONG) : Optional.empty();
        }
    }

    private static final class Longs extends ColumnWriter {
        private final BigIntVector vector;
        private final ValueReader values;

        Longs(Column column, BigIntVector vector, ValueReader values) {
            super(column, vector);
            this.vector = vector;
            this.values = values;
        }

        @Override
        boolean write(JsonParser parser, JsonToken token, int row) throws IOException {
            if (!values.readWhole(parser, token)) {
                return false;
            }
            vector.setSafe(row, values.whole());
            return true;
        }
    }

    private static final class Floats extends ColumnWriter {
        private static final long EXACT_MAX = 1L << 24;

        private final Float4Vector vector;
        private final ValueReader values;

        Floats(Column column, Float4Vector vector, ValueReader values) {
            super(column, vector);
            this.vector = vector;
            this.values = values;
        }

        @Override
        boolean write(JsonParser parser, JsonToken token, int row) throws IOException {
            double value = values.readDouble(parser, token, EXACT_MAX);
            if (!Float.isFinite((float) value)) {
                return false;
            }
            vector.setSafe(row, (float) value);
            return true;
        }

        @Override
        Optional<ColumnType> wider(JsonParser parser, JsonToken token) throws IOException {
            boolean fits = Double.isFinite(values.readDouble(parser, token, Doubles.EXACT_MAX));
            return fits ? Optional.of(ColumnType.DOUBLE) : Optional.empty();
        }
    }

    private static final class Doubles extends ColumnWriter {
        static final long EXACT_MAX = 1L << 53;

        private final Float8Vector vector;
        private final ValueReader values;

        Doubles(Column column, Float8Vector vector, ValueReader values) {
            super(column, vector);
            this.vector = vector;
            this.values = values;
        }

        @Override
        boolean write(JsonParser parser, JsonToken token, int row) throws IOException {
            double value = values.readDouble(parser, token, EXACT_MAX);
            if (!Double.isFinite(value)) {
                return false;
            }
            vector.setSafe(row, value);
            return true;
        }
    }

    private static final class Decimals extends ColumnWriter {
        private final DecimalVector vector;
        private final ValueReader values;

        Decimals(Column column, DecimalVector vector, ValueReader values) {
            super(column, vector);
            this.vector = vector;
            this.values = values;
        }

        @Override
        boolean write(JsonParser parser, JsonToken token, int row) throws IOException {
            BigDecimal read = values.readDecimal(parser, token);
            if (read == null) {
                return false;
            }
            // Without trailing zeros, so that an exponent of any size is met before anything is written out.
            BigDecimal value = read.signum() == 0 ? BigDecimal.ZERO : read.stripTrailingZeros();
            int scale = column().type().scale();
            long wholeDigits = (long) value.precision() - value.scale();
            if (value.scale() > scale || wholeDigits > column().type().precision() - scale) {
                return false;
            }
            vector.setSafe(row, value.setScale(scale));
            return true;
        }
    }

    private static final class Strings extends ColumnWriter {
        private final VarCharVector vector;
        private final ValueReader values;

        Strings(Column column, VarCharVector vector, ValueReader values) {
            super(column, vector);
            this.vector = vector;
            this.values = values;
        }

        @Override
        boolean write(JsonParser parser, JsonToken token, int row) throws IOException {
            if (token != JsonToken.VALUE_STRING) {
                return false;
            }
            int length = values.readText(parser);
            if (length < 0) {
                return false;
            }
            vector.setSafe(row, values.text(), 0, length);
            return true;
        }
    }

    private static final class Binaries extends ColumnWriter {
        private final VarBinaryVector vector;

        Binaries(Column column, VarBinaryVector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(JsonParser parser, JsonToken token, int row) throws IOException {
            if (token != JsonToken.VALUE_STRING) {
                return false;
            }
            try {
                vector.setSafe(row, Base64.getDecoder().decode(parser.getText().getBytes(StandardCharsets.UTF_8)));
                return true;
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
    }

    private static final class Dates extends ColumnWriter {
        private final DateDayVector vector;

        Dates(Column column, DateDayVector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(JsonParser parser, JsonToken token, int row) throws IOException {
            if (token != JsonToken.VALUE_STRING) {
                return false;
            }
            long day =
                    TimestampText.parseDay(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
            if (day == TimestampText.NONE) {
                return false;
            }
            vector.setSafe(row, (int) day);
            return true;
        }
    }

    private static final class Timestamps extends ColumnWriter {
        private final TimeStampMicroTZVector vector;
        private final ValueReader values;

        Timestamps(Column column, TimeStampMicroTZVector vector, ValueReader values) {
            super(column, vector);
            this.vector = vector;
            this.values = values;
        }

        @Override
        boolean write(JsonParser parser, JsonToken token, int row) throws IOException {
            long micros = values.readMoment(parser, token);
            if (micros == TimestampText.NONE) {
                return false;
            }
            vector.setSafe(row, micros);
            return true;
        }
    }

    private static final class Jsons extends ColumnWriter {
        private final VarCharVector vector;
        private final ValueReader values;

        Jsons(Column column, VarCharVector vector, ValueReader values) {
            super(column, vector);
            this.vector = vector;
            this.values = values;
        }

        @Override
        boolean write(JsonParser parser, JsonToken token, int row) throws IOException, TooDeepException {
            if (!values.readSlice(parser, token)) {
                return false;
            }
            vector.setSafe(row, values.body(), values.sliceStart(), values.sliceLength());
            return true;
        }
    }
}
