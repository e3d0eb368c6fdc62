// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.ColumnType.Kind;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.sinks.encoding.ArrowEncoder;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.LargeVarBinaryVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** One column of an Arrow body: what it becomes, and its values as JSON has them. */
final class ArrowCell {
    private static final String EXTENSION = "ARROW:extension:name";
    private static final String JSON = "arrow.json";
    private static final int DECIMAL_BITS = 128;
    private static final int PRECISION_MAX = 38;
    private static final int YEAR_MAX = 9999;

    private final byte[] quotedName;
    private final FieldVector vector;
    private final ColumnType type;
    private final @Nullable ColumnType has;

    /**
     * A column.
     *
     * @param type what the body says
     * @param has what the dataset says, if it knows the column
     */
    ArrowCell(byte[] quotedName, FieldVector vector, ColumnType type, @Nullable ColumnType has) {
        this.quotedName = quotedName;
        this.vector = vector;
        this.type = type;
        this.has = has;
    }

    /** The type of column that takes such a field whole; empty when none does. */
    static Optional<ColumnType> type(Field field) {
        ColumnType type = switch (field.getType()) {
            case ArrowType.Bool _ -> ColumnType.BOOLEAN;
            case ArrowType.Int whole -> ofInt(whole);
            case ArrowType.FloatingPoint real ->
                switch (real.getPrecision()) {
                    case HALF -> null;
                    case SINGLE -> ColumnType.FLOAT;
                    case DOUBLE -> ColumnType.DOUBLE;
                };
            case ArrowType.Decimal decimal -> ofDecimal(decimal);
            case ArrowType.Utf8 _ -> ofText(field);
            case ArrowType.LargeUtf8 _ -> ofText(field);
            case ArrowType.Binary _ -> ColumnType.BINARY;
            case ArrowType.LargeBinary _ -> ColumnType.BINARY;
            case ArrowType.FixedSizeBinary _ -> ColumnType.BINARY;
            case ArrowType.Date _ -> ColumnType.DATE;
            case ArrowType.Timestamp _ -> ColumnType.TIMESTAMP;
            default -> null;
        };
        return Optional.ofNullable(type);
    }

    private static @Nullable ColumnType ofInt(ArrowType.Int whole) {
        int bits = whole.getBitWidth();
        if (whole.getIsSigned()) {
            return bits == Long.SIZE ? ColumnType.LONG : ColumnType.INT;
        }
        return bits == Long.SIZE ? null : bits == Integer.SIZE ? ColumnType.LONG : ColumnType.INT;
    }

    private static @Nullable ColumnType ofDecimal(ArrowType.Decimal decimal) {
        int precision = decimal.getPrecision();
        int scale = decimal.getScale();
        boolean fits = decimal.getBitWidth() == DECIMAL_BITS
                && precision >= 1
                && precision <= PRECISION_MAX
                && scale >= 0
                && scale <= precision;
        return fits ? ColumnType.decimal(precision, scale) : null;
    }

    private static ColumnType ofText(Field field) {
        boolean json = JSON.equals(field.getMetadata().get(EXTENSION))
                || ColumnType.JSON.toString().equals(field.getMetadata().get(ArrowEncoder.TYPE));
        return json ? ColumnType.JSON : ColumnType.STRING;
    }

    /** About how many bytes the value has. */
    long bytes(int row) {
        long bytes = length(row);
        if (bytes < 0) {
            throw new IllegalStateException("a value has " + bytes + " bytes");
        }
        return bytes;
    }

    private long length(int row) {
        if (vector.isNull(row)) {
            return 1;
        }
        return switch (vector) {
            case VarCharVector text -> text.getValueLength(row);
            case VarBinaryVector bytes -> bytes.getValueLength(row);
            case LargeVarCharVector text -> text.getValueLength(row);
            case LargeVarBinaryVector bytes -> bytes.getValueLength(row);
            case FixedSizeBinaryVector bytes -> bytes.getByteWidth();
            default -> Long.BYTES;
        };
    }

    /** Writes name and value; false when the column does not take such values, and then it is written as null. */
    boolean write(int row, JsonText text) {
        text.name(quotedName);
        if (vector.isNull(row)) {
            text.nothing();
            return true;
        }
        if (!isTaken() || !writeValue(row, text)) {
            text.nothing();
            return false;
        }
        return true;
    }

    /** Text may say anything; what has a type is not taken for text that merely looks like it in JSON. */
    private boolean isTaken() {
        if (has == null || has.kind() == type.kind() || type.kind() == Kind.STRING) {
            return true;
        }
        return switch (type.kind()) {
            case INT, LONG, FLOAT, DOUBLE, DECIMAL -> isNumber(has.kind()) || has.kind() == Kind.JSON;
            case BOOLEAN -> has.kind() == Kind.JSON;
            case JSON -> has.kind() == Kind.STRING;
            default -> false;
        };
    }

    private static boolean isNumber(Kind kind) {
        return kind == Kind.INT
                || kind == Kind.LONG
                || kind == Kind.FLOAT
                || kind == Kind.DOUBLE
                || kind == Kind.DECIMAL;
    }

    private boolean writeValue(int row, JsonText text) {
        switch (vector) {
            case BitVector bits -> text.raw(bits.get(row) != 0 ? "true" : "false");
            case TinyIntVector whole -> text.raw(Integer.toString(whole.get(row)));
            case SmallIntVector whole -> text.raw(Integer.toString(whole.get(row)));
            case IntVector whole -> text.raw(Integer.toString(whole.get(row)));
            case BigIntVector whole -> text.raw(Long.toString(whole.get(row)));
            case UInt1Vector whole -> text.raw(Integer.toString(whole.get(row) & 0xFF));
            case UInt2Vector whole -> text.raw(Integer.toString(whole.get(row)));
            case UInt4Vector whole -> text.raw(Long.toString(whole.get(row) & 0xFFFF_FFFFL));
            case Float4Vector real -> text.raw(Double.toString(real.get(row)));
            case Float8Vector real -> text.raw(Double.toString(real.get(row)));
            case DecimalVector decimal -> writeDecimal(decimal.getObject(row), text);
            case VarCharVector chars -> {
                return writeText(chars.get(row), text);
            }
            case LargeVarCharVector chars -> {
                return writeText(chars.get(row), text);
            }
            case VarBinaryVector bytes -> writeAscii(Base64.getEncoder().encode(bytes.get(row)), text);
            case LargeVarBinaryVector bytes -> writeAscii(Base64.getEncoder().encode(bytes.get(row)), text);
            case FixedSizeBinaryVector bytes -> writeAscii(Base64.getEncoder().encode(bytes.get(row)), text);
            case DateDayVector days -> {
                return writeDay(days.get(row), text);
            }
            case DateMilliVector millis -> {
                return writeDay(Math.floorDiv(millis.get(row), 86_400_000L), text);
            }
            case TimeStampVector moments -> {
                return writeMoment(moments.get(row), text);
            }
            default -> throw new IllegalStateException("no column is a " + vector.getField());
        }
        return true;
    }

    private static void writeDecimal(BigDecimal value, JsonText text) {
        text.raw(value.toPlainString());
    }

    private boolean writeText(byte[] utf8, JsonText text) {
        boolean json = type.kind() == Kind.JSON || (has != null && has.kind() == Kind.JSON);
        if (!json || (has != null && has.kind() == Kind.STRING)) {
            text.string(utf8, 0, utf8.length);
            return true;
        }
        if (!JsonRow.isValue(utf8, utf8.length)) {
            return false;
        }
        text.raw(utf8, 0, utf8.length);
        return true;
    }

    private static void writeAscii(byte[] value, JsonText text) {
        text.string(value, 0, value.length);
    }

    private static boolean writeDay(long day, JsonText text) {
        if (day < LocalDate.MIN.toEpochDay() || day > LocalDate.MAX.toEpochDay()) {
            return false;
        }
        LocalDate date = LocalDate.ofEpochDay(day);
        return writeTime(date.getYear(), date::toString, text);
    }

    private boolean writeMoment(long value, JsonText text) {
        TimeUnit unit = ((ArrowType.Timestamp) vector.getField().getType()).getUnit();
        Instant instant = switch (unit) {
            case SECOND -> within(value, Instant.EPOCH, ChronoUnit.SECONDS);
            case MILLISECOND -> Instant.EPOCH.plus(value, ChronoUnit.MILLIS);
            case MICROSECOND -> Instant.EPOCH.plus(value, ChronoUnit.MICROS);
            case NANOSECOND -> Instant.EPOCH.plus(value, ChronoUnit.NANOS);
        };
        if (instant == null) {
            return false;
        }
        int year = instant.atOffset(ZoneOffset.UTC).getYear();
        return writeTime(year, instant::toString, text);
    }

    private static @Nullable Instant within(long value, Instant from, ChronoUnit unit) {
        boolean fits = value >= Instant.MIN.getEpochSecond() && value <= Instant.MAX.getEpochSecond();
        return fits ? from.plus(value, unit) : null;
    }

    private static boolean writeTime(int year, Supplier<String> written, JsonText text) {
        if (year < 0 || year > YEAR_MAX) {
            return false;
        }
        writeAscii(written.get().getBytes(StandardCharsets.US_ASCII), text);
        return true;
    }

    Problem misfit() {
        String name = vector.getName();
        String detail = has == null || isTaken()
                ? "a value is outside of what a column of type " + (has == null ? type : has) + " takes"
                : "a column of type " + has + " does not take values of type " + type;
        return Problem.of(Slug.MISFIT, detail).inColumn(name).hinting(Misfit.declaration(name, type));
    }
}
