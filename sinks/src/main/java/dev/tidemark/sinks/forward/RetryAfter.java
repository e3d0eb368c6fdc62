// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.sinks.Wait;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** What a Retry-After header asks for: seconds or a date, in the future; anything else asks for nothing. */
final class RetryAfter {
    static final Duration MAX = Duration.ofHours(1);

    private static final int DIGITS_MAX = 9;

    private RetryAfter() {}

    static Wait parse(String text, Instant now) {
        String value = text.strip();
        if (value.matches("\\d+")) {
            return value.length() > DIGITS_MAX ? atMost(MAX) : atMost(Duration.ofSeconds(Long.parseLong(value)));
        }
        try {
            Instant date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return atMost(Duration.between(now, date));
        } catch (DateTimeException e) {
            return new Wait.BackingOff();
        }
    }

    private static Wait atMost(Duration asked) {
        if (!asked.isPositive()) {
            return new Wait.BackingOff();
        }
        return new Wait.AsAsked(asked.compareTo(MAX) < 0 ? asked : MAX);
    }
}
