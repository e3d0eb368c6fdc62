// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import java.time.LocalDate;

/** Microseconds since 1970 in UTC as text, always with six digits: {@code 2026-01-01T00:00:00.000000Z}. */
final class Timestamps {
    private static final long MICROS_PER_DAY = 86_400_000_000L;

    private Timestamps() {}

    static String text(long micros) {
        long microsOfDay = Math.floorMod(micros, MICROS_PER_DAY);
        StringBuilder text = new StringBuilder(27);
        text.append(LocalDate.ofEpochDay(Math.floorDiv(micros, MICROS_PER_DAY))).append('T');
        appendDigits(text, microsOfDay / 3_600_000_000L, 10).append(':');
        appendDigits(text, microsOfDay / 60_000_000L % 60, 10).append(':');
        appendDigits(text, microsOfDay / 1_000_000L % 60, 10).append('.');
        return appendDigits(text, microsOfDay % 1_000_000L, 100_000).append('Z').toString();
    }

    private static StringBuilder appendDigits(StringBuilder text, long number, long highest) {
        for (long digit = highest; digit > 0; digit /= 10) {
            text.append((char) ('0' + number / digit % 10));
        }
        return text;
    }
}
