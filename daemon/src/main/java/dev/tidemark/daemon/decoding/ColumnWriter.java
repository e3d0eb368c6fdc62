// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.daemon.decoding.JsonRow.Kind;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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
import org.jspecify.annotations.Nullable;

/**
 * Puts the values of one column into its vector, each exactly or not at all.
 *
 * <p>A row that brings no value is null there: nothing needs to be done for it.
 */
abstract class ColumnWriter {
    private static final int FIRST_ROWS = 1024;

    private final Column column;
    private final FieldVector vector;
    private final byte[] quotedName;
    private @Nullable ColumnWriter next;
    private int lastRow = -1;
    private int lastValueRow = -1;

    private ColumnWriter(Column column, FieldVector vector) {
        this.column = column;
        this.vector = vector;
        this.quotedName = JsonText.quoted(column.name().getBytes(StandardCharsets.UTF_8));
        vector.setInitialCapacity(FIRST_ROWS);
    }

    static ColumnWriter of(Column column, BufferAllocator memory) {
        String name = column.name();
        return switch (column.type().kind()) {
            case BOOLEAN -> new Booleans(column, new BitVector(name, memory));
            case INT -> new Ints(column, new IntVector(name, memory));
            case LONG -> new Longs(column, new BigIntVector(name, memory));
            case FLOAT -> new Floats(column, new Float4Vector(name, memory));
            case DOUBLE -> new Doubles(column, new Float8Vector(name, memory));
            case DECIMAL ->
                new Decimals(
                        column,
                        new DecimalVector(
                                name,
                                memory,
                                column.type().precision(),
                                column.type().scale()));
            case STRING -> new Strings(column, new VarCharVector(name, memory));
            case BINARY -> new Binaries(column, new VarBinaryVector(name, memory));
            case DATE -> new Dates(column, new DateDayVector(name, memory));
            case TIMESTAMP -> new Timestamps(column, new TimeStampMicroTZVector(name, memory, "UTC"));
            case JSON -> new Jsons(column, new VarCharVector(name, memory));
        };
    }

    Column column() {
        return column;
    }

    FieldVector vector() {
        return vector;
    }

    /** The name as a row is likely to write it. */
    byte[] quotedName() {
        return quotedName;
    }

    /** The column that came behind this one the last time: rows mostly keep one order. */
    @Nullable
    ColumnWriter next() {
        return next;
    }

    void expectNext(ColumnWriter writer) {
        next = writer;
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

    /** Takes a value, which is not null; false when it does not fit. */
    boolean take(ValueReader values, int row) {
        lastValueRow = row;
        return write(values, row);
    }

    /** The wider type that takes the value which this column did not. */
    Optional<ColumnType> wider(ValueReader values) {
        return Optional.empty();
    }

    abstract boolean write(ValueReader values, int row);

    private static final class Booleans extends ColumnWriter {
        private final BitVector vector;

        Booleans(Column column, BitVector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(ValueReader values, int row) {
            if (values.kind() != Kind.TRUE && values.kind() != Kind.FALSE) {
                return false;
            }
            vector.setSafe(row, values.kind() == Kind.TRUE ? 1 : 0);
            return true;
        }
    }

    private static final class Ints extends ColumnWriter {
        private final IntVector vector;

        Ints(Column column, IntVector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(ValueReader values, int row) {
            if (!values.readWhole() || values.whole() != (int) values.whole()) {
                return false;
            }
            vector.setSafe(row, (int) values.whole());
            return true;
        }

        @Override
        Optional<ColumnType> wider(ValueReader values) {
            return values.readWhole() ? Optional.of(ColumnType.LONG) : Optional.empty();
        }
    }

    private static final class Longs extends ColumnWriter {
        private final BigIntVector vector;

        Longs(Column column, BigIntVector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(ValueReader values, int row) {
            if (!values.readWhole()) {
                return false;
            }
            vector.setSafe(row, values.whole());
            return true;
        }
    }

    private static final class Floats extends ColumnWriter {
        private static final long EXACT_MAX = 1L << 24;

        private final Float4Vector vector;

        Floats(Column column, Float4Vector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(ValueReader values, int row) {
            double value = values.readDouble(EXACT_MAX);
            if (!Float.isFinite((float) value)) {
                return false;
            }
            vector.setSafe(row, (float) value);
            return true;
        }

        @Override
        Optional<ColumnType> wider(ValueReader values) {
            boolean fits = Double.isFinite(values.readDouble(Doubles.EXACT_MAX));
            return fits ? Optional.of(ColumnType.DOUBLE) : Optional.empty();
        }
    }

    private static final class Doubles extends ColumnWriter {
        static final long EXACT_MAX = 1L << 53;

        private final Float8Vector vector;

        Doubles(Column column, Float8Vector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(ValueReader values, int row) {
            double value = values.readDouble(EXACT_MAX);
            if (!Double.isFinite(value)) {
                return false;
            }
            vector.setSafe(row, value);
            return true;
        }
    }

    private static final class Decimals extends ColumnWriter {
        private final DecimalVector vector;

        Decimals(Column column, DecimalVector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(ValueReader values, int row) {
            BigDecimal read = values.readDecimal();
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

        Strings(Column column, VarCharVector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(ValueReader values, int row) {
            if (values.kind() != Kind.STRING || !values.readText()) {
                return false;
            }
            vector.setSafe(row, values.bytes(), values.start(), values.length());
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
        boolean write(ValueReader values, int row) {
            if (values.kind() != Kind.STRING || !values.readText()) {
                return false;
            }
            byte[] base64 = Arrays.copyOfRange(values.bytes(), values.start(), values.start() + values.length());
            try {
                vector.setSafe(row, Base64.getDecoder().decode(base64));
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
        boolean write(ValueReader values, int row) {
            long day = values.readDay();
            if (day == TimestampText.NONE) {
                return false;
            }
            vector.setSafe(row, (int) day);
            return true;
        }
    }

    private static final class Timestamps extends ColumnWriter {
        private final TimeStampMicroTZVector vector;

        Timestamps(Column column, TimeStampMicroTZVector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(ValueReader values, int row) {
            long micros = values.readMoment();
            if (micros == TimestampText.NONE) {
                return false;
            }
            vector.setSafe(row, micros);
            return true;
        }
    }

    private static final class Jsons extends ColumnWriter {
        private final VarCharVector vector;

        Jsons(Column column, VarCharVector vector) {
            super(column, vector);
            this.vector = vector;
        }

        @Override
        boolean write(ValueReader values, int row) {
            if (!values.isFinite()) {
                return false;
            }
            values.readWritten();
            vector.setSafe(row, values.bytes(), values.start(), values.length());
            return true;
        }
    }
}
