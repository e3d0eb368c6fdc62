// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/** The type of one column; precision and scale are 0 except for a decimal. */
public record ColumnType(Kind kind, int precision, int scale) {
    public static final ColumnType BOOLEAN = new ColumnType(Kind.BOOLEAN, 0, 0);
    public static final ColumnType INT = new ColumnType(Kind.INT, 0, 0);
    public static final ColumnType LONG = new ColumnType(Kind.LONG, 0, 0);
    public static final ColumnType FLOAT = new ColumnType(Kind.FLOAT, 0, 0);
    public static final ColumnType DOUBLE = new ColumnType(Kind.DOUBLE, 0, 0);
    public static final ColumnType STRING = new ColumnType(Kind.STRING, 0, 0);
    public static final ColumnType BINARY = new ColumnType(Kind.BINARY, 0, 0);
    public static final ColumnType DATE = new ColumnType(Kind.DATE, 0, 0);
    public static final ColumnType TIMESTAMP = new ColumnType(Kind.TIMESTAMP, 0, 0);
    public static final ColumnType JSON = new ColumnType(Kind.JSON, 0, 0);

    private static final Pattern DECIMAL = Pattern.compile("decimal\\((\\d{1,2}),\\s?(\\d{1,2})\\)");
    private static final int PRECISION_MAX = 38;
    private static final int DECIMAL_BITS = 128;

    /** What a value of the column is. A timestamp is microseconds UTC; json is validated text. */
    public enum Kind {
        BOOLEAN,
        INT,
        LONG,
        FLOAT,
        DOUBLE,
        DECIMAL,
        STRING,
        BINARY,
        DATE,
        TIMESTAMP,
        JSON
    }

    public ColumnType {
        boolean decimal = kind == Kind.DECIMAL;
        if (decimal ? precision < 1 || precision > PRECISION_MAX || scale > precision : precision != 0 || scale != 0) {
            throw new IllegalArgumentException("no such type: " + kind + "(" + precision + "," + scale + ")");
        }
    }

    public static ColumnType decimal(int precision, int scale) {
        return new ColumnType(Kind.DECIMAL, precision, scale);
    }

    /** Reads the name that configuration and answers use, such as {@code long} or {@code decimal(38,0)}. */
    public static ColumnType parse(String name) {
        Matcher decimal = DECIMAL.matcher(name);
        if (decimal.matches()) {
            return decimal(Integer.parseInt(decimal.group(1)), Integer.parseInt(decimal.group(2)));
        }
        for (Kind kind : Kind.values()) {
            if (kind != Kind.DECIMAL && kind.name().toLowerCase(Locale.ROOT).equals(name)) {
                return new ColumnType(kind, 0, 0);
            }
        }
        throw new IllegalArgumentException("no such column type: " + name);
    }

    /** Whether each value has a length of its own. */
    public boolean variesInLength() {
        return kind == Kind.STRING || kind == Kind.JSON || kind == Kind.BINARY;
    }

    /** Whether every value of this type is one of the other too, so that a column may become that. */
    public boolean widensTo(ColumnType other) {
        return (kind == Kind.INT && other.kind == Kind.LONG) || (kind == Kind.FLOAT && other.kind == Kind.DOUBLE);
    }

    /** How a batch holds such values. */
    public ArrowType arrow() {
        return switch (kind) {
            case BOOLEAN -> ArrowType.Bool.INSTANCE;
            case INT -> new ArrowType.Int(Integer.SIZE, true);
            case LONG -> new ArrowType.Int(Long.SIZE, true);
            case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
            case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
            case DECIMAL -> new ArrowType.Decimal(precision, scale, DECIMAL_BITS);
            case STRING, JSON -> ArrowType.Utf8.INSTANCE;
            case BINARY -> ArrowType.Binary.INSTANCE;
            case DATE -> new ArrowType.Date(DateUnit.DAY);
            case TIMESTAMP -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC");
        };
    }

    @Override
    public String toString() {
        String name = kind.name().toLowerCase(Locale.ROOT);
        return kind == Kind.DECIMAL ? name + "(" + precision + "," + scale + ")" : name;
    }
}
