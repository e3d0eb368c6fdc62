// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;

/**
 * Reads a moment as microseconds since 1970 UTC, from text or from a number.
 *
 * <p>Text is RFC 3339, or {@code YYYY-MM-DD[ T]HH:MM:SS[.f]} without a zone, which is UTC. Digits beyond the microsecond
 * are cut off, towards the past. A leap second is the first moment of the next minute.
 */
final class TimestampText {
    /** What is not a moment; no moment that text can name is that early. */
    static final long NONE = Long.MIN_VALUE;

    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final int MICRO_DIGITS = 6;
    private static final int DATE_CHARS = 10;
    private static final int DATE_TIME_CHARS = 19;
    private static final int DECIMAL_DIGITS_MAX = 40;

    private final byte[] text;
    private final int end;
    private int at;

    private TimestampText(byte[] text, int offset, int length) {
        this.text = text;
        this.at = offset;
        this.end = offset + length;
    }

    /** The moment that the text names, or {@link #NONE}. */
    static long parse(byte[] text, int offset, int length) {
        return length < DATE_TIME_CHARS ? NONE : new TimestampText(text, offset, length).moment();
    }

    /** The moment that the number means, its unit taken from its magnitude. */
    static long ofNumber(long number) {
        if (number == Long.MIN_VALUE) {
            return Math.floorDiv(number, 1000L);
        }
        long magnitude = Math.abs(number);
        if (magnitude < 100_000_000_000L) {
            return number * MICROS_PER_SECOND;
        }
        if (magnitude < 100_000_000_000_000L) {
            return number * 1000;
        }
        return magnitude < 100_000_000_000_000_000L ? number : Math.floorDiv(number, 1000L);
    }

    /** The same of a number with a fraction or an exponent; {@link #NONE} when it is beyond nanoseconds in an int64. */
    static long ofNumber(BigDecimal number) {
        if (number.signum() == 0) {
            return 0;
        }
        // Bounds the digits before any arithmetic, which would write out what an exponent abbreviates.
        long digitsBeforePoint = (long) number.precision() - number.scale();
        if (digitsBeforePoint > DECIMAL_DIGITS_MAX) {
            return NONE;
        }
        if (digitsBeforePoint < -DECIMAL_DIGITS_MAX) {
            return number.signum() < 0 ? -1 : 0;
        }
        int power = digitsBeforePoint <= 11 ? 6 : digitsBeforePoint <= 14 ? 3 : digitsBeforePoint <= 17 ? 0 : -3;
        BigInteger nanos = number.setScale(0, RoundingMode.FLOOR).unscaledValue();
        if (power < 0 && nanos.bitLength() >= Long.SIZE) {
            return NONE;
        }
        return number.scaleByPowerOfTen(power).setScale(0, RoundingMode.FLOOR).longValueExact();
    }

    /** The day that {@code YYYY-MM-DD} names since 1970, or {@link #NONE}. */
    static long parseDay(byte[] text, int offset, int length) {
        return length == DATE_CHARS ? new TimestampText(text, offset, length).day() : NONE;
    }

    private long moment() {
        long day = day();
        if (day == NONE || !(take('T') || take('t') || take(' '))) {
            return NONE;
        }
        int hour = digits(2);
        boolean clock = take(':');
        int minute = digits(2);
        clock &= take(':');
        int second = digits(2);
        if (!clock || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
            return NONE;
        }
        long micros = take('.') ? fraction() : 0;
        long offset = zoneSeconds();
        if (micros == NONE || offset == NONE || at != end) {
            return NONE;
        }
        if (second == 60) {
            micros = 0;
        }
        long seconds = day * 86_400 + hour * 3600L + minute * 60L + second - offset;
        return seconds * MICROS_PER_SECOND + micros;
    }

    private long day() {
        int year = digits(4);
        boolean dashes = take('-');
        int month = digits(2);
        dashes &= take('-');
        int dayOfMonth = digits(2);
        if (!dashes || year < 0 || month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > 31) {
            return NONE;
        }
        try {
            return LocalDate.of(year, month, dayOfMonth).toEpochDay();
        } catch (DateTimeException e) {
            return NONE;
        }
    }

    private long fraction() {
        int first = at;
        long micros = 0;
        while (at < end && isDigit(text[at])) {
            if (at - first < MICRO_DIGITS) {
                micros = micros * 10 + (text[at] - '0');
            }
            at++;
        }
        int digits = at - first;
        for (int i = digits; i < MICRO_DIGITS; i++) {
            micros *= 10;
        }
        return digits == 0 ? NONE : micros;
    }

    private long zoneSeconds() {
        if (at == end || take('Z') || take('z')) {
            return 0;
        }
        int sign = take('+') ? 1 : take('-') ? -1 : 0;
        int hours = digits(2);
        boolean colon = take(':');
        int minutes = digits(2);
        if (sign == 0 || !colon || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
            return NONE;
        }
        return sign * (hours * 3600L + minutes * 60L);
    }

    private boolean take(char wanted) {
        if (at < end && text[at] == wanted) {
            at++;
            return true;
        }
        return false;
    }

    /** So many digits as a number, or -1. */
    private int digits(int count) {
        if (end - at < count) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < count; i++) {
            byte c = text[at++];
            if (!isDigit(c)) {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value;
    }

    private static boolean isDigit(byte c) {
        return c >= '0' && c <= '9';
    }
}
