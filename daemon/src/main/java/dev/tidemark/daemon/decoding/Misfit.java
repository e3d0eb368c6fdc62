// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.daemon.decoding.JsonRow.Kind;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.Slug;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says of a value that does not fit its column what would have fitted. */
final class Misfit {
    private static final int DECIMAL_DIGITS_MAX = 38;
    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");

    private Misfit() {}

    static Problem of(Column column, ValueReader values) {
        if (column.type().equals(ColumnType.JSON) || values.kind() == Kind.NOT_FINITE) {
            return notFinite(column.name());
        }
        if (column.type().equals(ColumnType.STRING) && values.kind() == Kind.STRING) {
            return Problem.of(Slug.BAD_JSON, "an escape is half of a surrogate pair, which is no text")
                    .inColumn(column.name());
        }
        String detail = "a column of type " + column.type() + " does not take this " + word(values.kind());
        ColumnType wanted = wanted(column.type(), values);
        return Problem.of(Slug.MISFIT, detail).inColumn(column.name()).hinting(declaration(column.name(), wanted));
    }

    static Problem notFinite(String column) {
        return Problem.of(Slug.MISFIT, "NaN and Infinity are not values that JSON can carry")
                .inColumn(column)
                .hinting("send null, or leave the column out");
    }

    static Problem tooLong(String column) {
        return Problem.of(Slug.MISFIT, "a number of more than 1000 digits is not taken")
                .inColumn(column)
                .hinting(declaration(column, ColumnType.STRING) + " and send it as a string");
    }

    private static ColumnType wanted(ColumnType has, ValueReader values) {
        if (has.kind() == ColumnType.Kind.DECIMAL && values.readDecimal() != null) {
            ColumnType wider = wider(has, Objects.requireNonNull(values.readDecimal()));
            return wider != null ? wider : values.kind() == Kind.STRING ? ColumnType.STRING : ColumnType.JSON;
        }
        boolean numeric = has.kind() == ColumnType.Kind.INT
                || has.kind() == ColumnType.Kind.LONG
                || has.kind() == ColumnType.Kind.FLOAT
                || has.kind() == ColumnType.Kind.DOUBLE
                || has.kind() == ColumnType.Kind.DECIMAL;
        if (numeric && values.kind() == Kind.FRACTION) {
            return Double.isFinite(values.readDouble(0)) && has.kind() != ColumnType.Kind.DOUBLE
                    ? ColumnType.DOUBLE
                    : ColumnType.JSON;
        }
        if (numeric && values.kind() == Kind.WHOLE) {
            boolean large = !values.isLong() || has.kind() != ColumnType.Kind.INT;
            return values.written() > 38 ? ColumnType.JSON : large ? ColumnType.decimal(38, 0) : ColumnType.LONG;
        }
        boolean textual = has.kind() == ColumnType.Kind.TIMESTAMP
                || has.kind() == ColumnType.Kind.DATE
                || has.kind() == ColumnType.Kind.BINARY;
        return textual && values.kind() == Kind.STRING ? ColumnType.STRING : ColumnType.JSON;
    }

    /** A decimal that takes what the column takes and this number too; null when none has so many digits. */
    private static @Nullable ColumnType wider(ColumnType has, BigDecimal number) {
        long scale = Math.max(has.scale(), number.scale());
        long whole = Math.max(has.precision() - has.scale(), (long) number.precision() - number.scale());
        return whole + scale > DECIMAL_DIGITS_MAX ? null : ColumnType.decimal((int) (whole + scale), (int) scale);
    }

    /** The line of the dataset's section that would make it fit. */
    static String declaration(String column, ColumnType type) {
        String key = PLAIN_KEY.matcher(column).matches()
                ? column
                : '"' + column.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
        return "columns: {" + key + ": " + type + "}";
    }

    private static String word(Kind kind) {
        return switch (kind) {
            case TRUE, FALSE -> "boolean";
            case WHOLE -> "integer";
            case FRACTION, NOT_FINITE -> "number";
            case STRING -> "string";
            case NESTED, NULL -> "nested value";
        };
    }
}
