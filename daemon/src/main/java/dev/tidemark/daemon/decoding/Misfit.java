// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;
import java.util.regex.Pattern;

/** Says of a value that does not fit its column what would have fitted. */
final class Misfit {
    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");

    private Misfit() {}

    static Problem of(Column column, JsonParser parser, JsonToken token) throws IOException {
        if (column.type().equals(ColumnType.JSON) || (token == JsonToken.VALUE_NUMBER_FLOAT && parser.isNaN())) {
            return notFinite(column.name());
        }
        if (column.type().equals(ColumnType.STRING) && token == JsonToken.VALUE_STRING) {
            return Problem.of(Slug.BAD_JSON, "an escape is half of a surrogate pair, which is no text")
                    .inColumn(column.name());
        }
        String detail = "a column of type " + column.type() + " does not take this " + word(token);
        ColumnType wanted = wanted(column.type(), parser, token);
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

    private static ColumnType wanted(ColumnType has, JsonParser parser, JsonToken token) throws IOException {
        boolean numeric = has.kind() == ColumnType.Kind.INT
                || has.kind() == ColumnType.Kind.LONG
                || has.kind() == ColumnType.Kind.FLOAT
                || has.kind() == ColumnType.Kind.DOUBLE
                || has.kind() == ColumnType.Kind.DECIMAL;
        if (numeric && token == JsonToken.VALUE_NUMBER_FLOAT) {
            return Double.isFinite(parser.getDoubleValue()) && has.kind() != ColumnType.Kind.DOUBLE
                    ? ColumnType.DOUBLE
                    : ColumnType.JSON;
        }
        if (numeric && token == JsonToken.VALUE_NUMBER_INT) {
            boolean large =
                    parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER || has.kind() != ColumnType.Kind.INT;
            return parser.getTextLength() > 38 ? ColumnType.JSON : large ? ColumnType.decimal(38, 0) : ColumnType.LONG;
        }
        boolean textual = has.kind() == ColumnType.Kind.TIMESTAMP
                || has.kind() == ColumnType.Kind.DATE
                || has.kind() == ColumnType.Kind.BINARY;
        return textual && token == JsonToken.VALUE_STRING ? ColumnType.STRING : ColumnType.JSON;
    }

    /** The line of the dataset's section that would make it fit. */
    static String declaration(String column, ColumnType type) {
        String key = PLAIN_KEY.matcher(column).matches()
                ? column
                : '"' + column.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
        return "columns: {" + key + ": " + type + "}";
    }

    private static String word(JsonToken token) {
        return switch (token) {
            case VALUE_TRUE, VALUE_FALSE -> "boolean";
            case VALUE_NUMBER_INT -> "integer";
            case VALUE_NUMBER_FLOAT -> "number";
            case VALUE_STRING -> "string";
            default -> "nested value";
        };
    }
}
