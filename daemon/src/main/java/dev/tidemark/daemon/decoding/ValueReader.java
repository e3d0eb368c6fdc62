// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the value that a parser stands on, in one of the forms that a column may want, without losing any of it.
 *
 * <p>What was read stays here until the next value is read, so that nothing is allocated for an ordinary value.
 */
final class ValueReader {
    /** How deeply a row may be nested, the row itself counted. */
    static final int DEPTH_MAX = 64;

    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,400}(\\.\\d{1,400})?([eE][-+]?\\d{1,9})?");

    private byte[] body = {};
    private int bodyStart;
    private final Utf8 utf8 = new Utf8();
    private long whole;
    private int sliceStart;
    private int sliceEnd;

    /** From now on values are read from these bytes, in which the parser was told to begin at {@code start}. */
    void over(byte[] bytes, int start) {
        body = bytes;
        bodyStart = start;
    }

    byte[] body() {
        return body;
    }

    long whole() {
        return whole;
    }

    byte[] text() {
        return utf8.bytes();
    }

    int sliceStart() {
        return sliceStart;
    }

    int sliceLength() {
        return sliceEnd - sliceStart;
    }

    /** Reads a number without a fraction, however it is written, into {@link #whole()}; false when it is not one. */
    boolean readWhole(JsonParser parser, JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            whole = parser.getLongValue();
            return true;
        }
        if (token != JsonToken.VALUE_NUMBER_FLOAT) {
            return false;
        }
        BigDecimal number = readDecimal(parser, token);
        if (number == null) {
            return false;
        }
        try {
            whole = number.longValueExact();
            return true;
        } catch (ArithmeticException e) {
            return false;
        }
    }

    /** Reads a number; not a number when it is none, or an integer beyond what the type holds exactly. */
    double readDouble(JsonParser parser, JsonToken token, long exactMax) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            return parser.getDoubleValue();
        }
        boolean exact = token == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                && parser.getLongValue() >= -exactMax
                && parser.getLongValue() <= exactMax;
        return exact ? parser.getLongValue() : Double.NaN;
    }

    /** Reads a number, or a string that is one as answers write long decimals; null when it is none. */
    @Nullable
    BigDecimal readDecimal(JsonParser parser, JsonToken token) throws IOException {
        boolean text = token == JsonToken.VALUE_STRING
                && NUMBER.matcher(parser.getText()).matches();
        if (!text && (!token.isNumeric() || parser.isNaN())) {
            return null;
        }
        try {
            return new BigDecimal(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** Reads a moment as microseconds, or {@link TimestampText#NONE}. */
    long readMoment(JsonParser parser, JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_STRING) {
            return TimestampText.parse(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
        }
        if (token == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            return TimestampText.ofNumber(parser.getLongValue());
        }
        BigDecimal number = token == JsonToken.VALUE_NUMBER_FLOAT ? readDecimal(parser, token) : null;
        return number == null ? TimestampText.NONE : TimestampText.ofNumber(number);
    }

    /** Reads a string into {@link #text()}; its bytes, or -1 when it cannot be written as UTF-8. */
    int readText(JsonParser parser) throws IOException {
        return utf8.encode(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
    }

    /** Finds the bytes of a value as it stands in the body, nested or not; false when it holds a NaN. */
    boolean readSlice(JsonParser parser, JsonToken token) throws IOException, TooDeepException {
        sliceStart = bodyStart + (int) parser.currentTokenLocation().getByteOffset();
        boolean finite = readThrough(parser, token);
        sliceEnd = bodyStart + (int) parser.currentLocation().getByteOffset();
        return finite;
    }

    /** Leaves the parser on the last token of the value; false when the value holds a NaN, which JSON does not have. */
    static boolean readThrough(JsonParser parser, JsonToken first) throws IOException, TooDeepException {
        boolean finite = !parser.isNaN();
        int depth = first.isStructStart() ? 2 : 1;
        while (depth > 1) {
            JsonToken token = parser.nextToken();
            if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            } else {
                finite &= !parser.isNaN();
            }
            if (depth > DEPTH_MAX) {
                throw new TooDeepException();
            }
        }
        parser.finishToken();
        return finite;
    }
}
