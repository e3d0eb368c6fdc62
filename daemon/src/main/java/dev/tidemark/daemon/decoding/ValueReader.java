// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import com.fasterxml.jackson.core.io.NumberInput;
import dev.tidemark.daemon.decoding.JsonRow.Kind;
import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the value that a row stands behind, in one of the forms that a column may want, without losing any of it.
 *
 * <p>What was read stays here until the next value is read, so that nothing is allocated for an ordinary value.
 */
final class ValueReader {
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,400}(\\.\\d{1,400})?([eE][-+]?\\d{1,9})?");

    /** Up to here a double holds every whole number. */
    private static final long EXACT_MAX = 1L << 53;

    /** The powers of ten that a double holds exactly: one multiplication or division by them rounds once, correctly. */
    private static final double[] POWERS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };

    private static final int FIRST_CHARS = 256;

    private final JsonRow row;
    private char[] digits = new char[FIRST_CHARS];
    private long whole;
    private byte[] bytes = {};
    private int start;
    private int length;

    ValueReader(JsonRow row) {
        this.row = row;
    }

    Kind kind() {
        return row.kind();
    }

    /** Characters of the value as it is written. */
    int written() {
        return row.length();
    }

    /** Whether all numbers of the value are numbers. */
    boolean isFinite() {
        return row.isFinite();
    }

    long whole() {
        return whole;
    }

    /** The bytes that hold what was read, from {@link #start()} on. */
    byte[] bytes() {
        return bytes;
    }

    int start() {
        return start;
    }

    int length() {
        return length;
    }

    /** Whether the value is an integer within 64 bits; it is then {@link #whole()}. */
    boolean isLong() {
        if (kind() != Kind.WHOLE || row.digits() > JsonRow.EXACT_DIGITS_MAX) {
            return false;
        }
        long magnitude = row.magnitude();
        whole = row.isNegative() ? -magnitude : magnitude;
        return magnitude >= 0 || (row.isNegative() && magnitude == Long.MIN_VALUE);
    }

    /** Reads a number without a fraction, however it is written, into {@link #whole()}; false when it is not one. */
    boolean readWhole() {
        if (isLong()) {
            return true;
        }
        if (kind() != Kind.FRACTION) {
            return false;
        }
        BigDecimal number = number();
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
    double readDouble(long exactMax) {
        if (kind() == Kind.FRACTION) {
            return fraction();
        }
        return isLong() && whole >= -exactMax && whole <= exactMax ? whole : Double.NaN;
    }

    private double fraction() {
        long magnitude = row.magnitude();
        int power = row.powerOfTen();
        boolean exact = row.digits() <= JsonRow.EXACT_DIGITS_MAX
                && magnitude >= 0
                && magnitude <= EXACT_MAX
                && row.hasExactPower()
                && Math.abs(power) < POWERS.length;
        if (!exact) {
            fillDigits();
            return NumberInput.parseDouble(digits, 0, length, true);
        }
        double value = power < 0 ? magnitude / POWERS[-power] : magnitude * POWERS[power];
        return row.isNegative() ? -value : value;
    }

    /** Reads a number, or a string that is one as answers write long decimals; null when it is none. */
    @Nullable
    BigDecimal readDecimal() {
        if (kind() == Kind.STRING) {
            String text = row.string().toString();
            return NUMBER.matcher(text).matches() ? decimal(text.toCharArray(), text.length()) : null;
        }
        return kind() == Kind.WHOLE || kind() == Kind.FRACTION ? number() : null;
    }

    private @Nullable BigDecimal number() {
        fillDigits();
        return decimal(digits, length);
    }

    private static @Nullable BigDecimal decimal(char[] text, int length) {
        try {
            return new BigDecimal(text, 0, length);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** Copies a number as it is written. */
    private void fillDigits() {
        length = row.length();
        if (digits.length < length) {
            digits = new char[length];
        }
        for (int i = 0; i < length; i++) {
            digits[i] = (char) row.text()[row.start() + i];
        }
    }

    /** Reads a moment as microseconds, or {@link TimestampText#NONE}. */
    long readMoment() {
        if (kind() == Kind.STRING) {
            return readText() ? TimestampText.parse(bytes, start, length) : TimestampText.NONE;
        }
        if (isLong()) {
            return TimestampText.ofNumber(whole);
        }
        BigDecimal number = kind() == Kind.FRACTION ? number() : null;
        return number == null ? TimestampText.NONE : TimestampText.ofNumber(number);
    }

    /** Reads a day since 1970, or {@link TimestampText#NONE}. */
    long readDay() {
        return kind() == Kind.STRING && readText() ? TimestampText.parseDay(bytes, start, length) : TimestampText.NONE;
    }

    /** Reads a string into {@link #bytes()}; false when it holds half of a surrogate pair, which no UTF-8 has. */
    boolean readText() {
        JsonString string = row.string();
        bytes = string.bytes();
        start = string.start();
        length = string.length();
        return string.isText();
    }

    /** Finds the bytes of the value as it is written, nested or not. */
    void readWritten() {
        bytes = row.text();
        start = row.start();
        length = row.length();
    }
}
