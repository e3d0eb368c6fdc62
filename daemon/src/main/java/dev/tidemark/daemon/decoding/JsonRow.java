// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import java.util.Arrays;

/**
 * Walks over the members of one JSON object, as strictly as RFC 8259 wants it, and finds each value where it lies.
 *
 * <p>Nothing is copied: a value is a kind and a range of the text, and of a number its digits. That the text is UTF-8 is for
 * others to check. {@code NaN} and its like are found too, although JSON does not have them, so that they can be refused
 * by the name of their column.
 */
final class JsonRow {
    /** How deeply a row may be nested, the row itself counted. */
    static final int DEPTH_MAX = 64;

    /** Digits that surely fit into 64 bits. */
    static final int EXACT_DIGITS_MAX = 19;

    private static final int NUMBER_DIGITS_MAX = 1000;
    private static final int EXPONENT_DIGITS_MAX = 9;

    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};
    private static final byte[] NAN = {'N', 'a', 'N'};
    private static final byte[] INFINITY = {'I', 'n', 'f', 'i', 'n', 'i', 't', 'y'};
    private static final byte[] INF = {'I', 'N', 'F'};

    private final JsonString string = new JsonString();
    private byte[] text = {};
    private int at;
    private int end;
    private boolean first;

    private Kind kind = Kind.NULL;
    private int start;
    private boolean finite;
    private boolean negative;
    private int digits;
    private int fractionDigits;
    private long magnitude;
    private int exponent;
    private boolean exponentIsExact;

    /** What a value is. */
    enum Kind {
        STRING,
        /** A number without fraction and exponent. */
        WHOLE,
        FRACTION,
        /** Not a number, or an infinite one. */
        NOT_FINITE,
        TRUE,
        FALSE,
        NULL,
        /** An object or an array. */
        NESTED;

        boolean isNumber() {
            return this == WHOLE || this == FRACTION || this == NOT_FINITE;
        }
    }

    /** Enters the object that the bytes from {@code from} to {@code to} are. */
    void enter(byte[] bytes, int from, int to) throws JsonFault {
        over(bytes, from, to);
        first = true;
        skipBlanks();
        if (at == end || text[at] != '{') {
            throw fault(JsonFault.What.NO_OBJECT);
        }
        at++;
    }

    /** Whether the text is one JSON value. */
    static boolean isValue(byte[] text, int length) {
        JsonRow whole = new JsonRow();
        whole.over(text, 0, length);
        try {
            whole.readValue();
            return whole.finite && whole.isAtEnd();
        } catch (JsonFault e) {
            return false;
        }
    }

    private void over(byte[] bytes, int from, int to) {
        text = bytes;
        at = from;
        end = to;
        string.over(bytes, to);
    }

    /** Moves to the name of the next member; false when the object ends. */
    boolean hasNext() throws JsonFault {
        skipBlanks();
        byte b = peek();
        if (b == '}') {
            at++;
            return false;
        }
        if (!first) {
            expect(',');
            skipBlanks();
        }
        first = false;
        if (peek() != '"') {
            throw broken();
        }
        return true;
    }

    /** Passes the name if it is written just so, quotes included. */
    boolean passName(byte[] quoted) throws JsonFault {
        int behind = at + quoted.length;
        if (behind > end || !Arrays.equals(text, at, behind, quoted, 0, quoted.length)) {
            return false;
        }
        at = behind;
        passColon();
        return true;
    }

    /** Passes the name, whatever it is. */
    String readName() throws JsonFault {
        passAnyName();
        return string.toString();
    }

    /** Passes the value, which can then be asked for. */
    void readValue() throws JsonFault {
        skipBlanks();
        start = at;
        byte b = peek();
        if (b == '{' || b == '[') {
            finite = true;
            passNested();
            kind = Kind.NESTED;
        } else {
            kind = passScalar(b);
            finite = kind != Kind.NOT_FINITE;
        }
    }

    /** Whether nothing but blanks is left. */
    boolean isAtEnd() {
        skipBlanks();
        return at == end;
    }

    byte[] text() {
        return text;
    }

    /** How far the text was passed over. */
    int at() {
        return at;
    }

    Kind kind() {
        return kind;
    }

    /** Where the value begins, and a string its opening quote. */
    int start() {
        return start;
    }

    int length() {
        return at - start;
    }

    /** What a string says. */
    JsonString string() {
        return string;
    }

    /** Whether all numbers of the value are numbers. */
    boolean isFinite() {
        return finite;
    }

    boolean isNegative() {
        return negative;
    }

    /** Digits of a number before any exponent. */
    int digits() {
        return digits;
    }

    /** All digits of a number as an unsigned whole; wrong when there are more than {@link #EXACT_DIGITS_MAX}. */
    long magnitude() {
        return magnitude;
    }

    /** The power of ten that the magnitude is to be multiplied by. */
    int powerOfTen() {
        return exponent - fractionDigits;
    }

    /** Whether {@link #powerOfTen()} is right. */
    boolean hasExactPower() {
        return exponentIsExact;
    }

    private Kind passScalar(byte b) throws JsonFault {
        return switch (b) {
            case '"' -> {
                passString();
                yield Kind.STRING;
            }
            case 't' -> passWord(TRUE, Kind.TRUE);
            case 'f' -> passWord(FALSE, Kind.FALSE);
            case 'n' -> passWord(NULL, Kind.NULL);
            case 'N' -> passWord(NAN, Kind.NOT_FINITE);
            case 'I' -> passWord(INFINITY, Kind.NOT_FINITE);
            case '+' -> {
                at++;
                yield passInfinity();
            }
            case '-' -> {
                at++;
                negative = true;
                yield at < end && text[at] == 'I' ? passInfinity() : passNumber();
            }
            default -> {
                negative = false;
                yield passNumber();
            }
        };
    }

    private Kind passInfinity() throws JsonFault {
        boolean isShort = end - at > 1 && text[at + 1] == 'N';
        return passWord(isShort ? INF : INFINITY, Kind.NOT_FINITE);
    }

    private Kind passWord(byte[] word, Kind meant) throws JsonFault {
        int behind = at + word.length;
        if (behind > end || !Arrays.equals(text, at, behind, word, 0, word.length)) {
            throw broken();
        }
        at = behind;
        return meant;
    }

    private Kind passNumber() throws JsonFault {
        magnitude = 0;
        fractionDigits = 0;
        exponent = 0;
        exponentIsExact = true;
        int from = at;
        int whole = passDigits();
        if (whole == 0 || (whole > 1 && text[from] == '0')) {
            throw broken();
        }
        digits = whole;
        Kind found = Kind.WHOLE;
        if (at < end && text[at] == '.') {
            at++;
            fractionDigits = passDigits();
            if (fractionDigits == 0) {
                throw broken();
            }
            digits += fractionDigits;
            found = Kind.FRACTION;
        }
        int exponentDigits = 0;
        if (at < end && (text[at] | 0x20) == 'e') {
            at++;
            exponentDigits = passExponent();
            found = Kind.FRACTION;
        }
        if (digits + exponentDigits > NUMBER_DIGITS_MAX) {
            throw fault(JsonFault.What.NUMBER_TOO_LONG);
        }
        return found;
    }

    /** Passes digits and adds them to the magnitude; how many there were. */
    private int passDigits() {
        int from = at;
        int i = from;
        long sum = magnitude;
        while (i < end) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            sum = sum * 10 + digit;
            i++;
        }
        magnitude = sum;
        at = i;
        return i - from;
    }

    private int passExponent() throws JsonFault {
        boolean below = at < end && text[at] == '-';
        if (below || (at < end && text[at] == '+')) {
            at++;
        }
        long kept = magnitude;
        magnitude = 0;
        int count = passDigits();
        if (count == 0) {
            throw broken();
        }
        exponentIsExact = count <= EXPONENT_DIGITS_MAX;
        exponent = (int) (below ? -magnitude : magnitude);
        magnitude = kept;
        return count;
    }

    private void passString() throws JsonFault {
        int closing = string.pass(at + 1);
        if (closing < 0) {
            at = ~closing;
            throw broken();
        }
        at = closing + 1;
    }

    /** Passes an object or an array. Which of both each level is, is a bit. */
    private void passNested() throws JsonFault {
        long objects = 0;
        int depth = 1;
        boolean wantsValue = true;
        do {
            skipBlanks();
            byte b = peek();
            boolean inObject = (objects & 1) != 0;
            if (!wantsValue && b == ',') {
                at++;
                if (inObject) {
                    skipBlanks();
                    passAnyName();
                }
                wantsValue = true;
            } else if (!wantsValue) {
                expect(inObject ? '}' : ']');
                objects >>>= 1;
                depth--;
            } else if (b == '{' || b == '[') {
                depth++;
                if (depth > DEPTH_MAX) {
                    throw fault(JsonFault.What.TOO_DEEP);
                }
                at++;
                objects = objects << 1 | (b == '{' ? 1 : 0);
                skipBlanks();
                wantsValue = peek() != (b == '{' ? '}' : ']');
                if (wantsValue && b == '{') {
                    passAnyName();
                }
            } else {
                finite &= passScalar(b) != Kind.NOT_FINITE;
                wantsValue = false;
            }
        } while (depth > 1);
    }

    /** Passes a name, which is text, and its colon. */
    private void passAnyName() throws JsonFault {
        if (peek() != '"') {
            throw broken();
        }
        passString();
        if (!string.isText()) {
            throw broken();
        }
        passColon();
    }

    private void passColon() throws JsonFault {
        skipBlanks();
        expect(':');
    }

    private void expect(char wanted) throws JsonFault {
        if (peek() != wanted) {
            throw broken();
        }
        at++;
    }

    private byte peek() throws JsonFault {
        if (at >= end) {
            throw broken();
        }
        return text[at];
    }

    private void skipBlanks() {
        while (at < end && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')) {
            at++;
        }
    }

    private JsonFault broken() {
        return fault(JsonFault.What.BROKEN);
    }

    private static JsonFault fault(JsonFault.What what) {
        return new JsonFault(what);
    }
}
