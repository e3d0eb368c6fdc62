// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Sequence;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a sink begins in a dataset that it meets for the first time. */
public sealed interface Start {
    /** With the first row. */
    record Earliest() implements Start {
        @Override
        public String toString() {
            return "earliest";
        }
    }

    /** With the next row that comes. */
    record Latest() implements Start {
        @Override
        public String toString() {
            return "latest";
        }
    }

    /** With the first row after this sequence. */
    record After(Sequence sequence) implements Start {
        @Override
        public String toString() {
            return "seq:" + sequence;
        }
    }

    /** With the first row that came then or later. */
    record At(Instant time) implements Start {
        @Override
        public String toString() {
            return "time:" + time;
        }
    }

    /**
     * Reads {@code earliest}, {@code latest}, {@code seq:N} or {@code time:RFC3339}.
     *
     * @throws IllegalArgumentException for anything else; the message says what would do
     */
    static Start parse(String text) {
        if (text.equals("earliest")) {
            return new Earliest();
        }
        if (text.equals("latest")) {
            return new Latest();
        }
        Matcher sequence = Pattern.compile("seq:(\\d{1,18})").matcher(text);
        if (sequence.matches()) {
            return new After(new Sequence(Long.parseLong(sequence.group(1))));
        }
        if (text.startsWith("time:")) {
            try {
                return new At(
                        OffsetDateTime.parse(text.substring("time:".length())).toInstant());
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException(
                        "start: " + text + " is not a time such as time:2026-01-01T00:00:00Z", e);
            }
        }
        throw new IllegalArgumentException("start: " + text + " is not one of earliest, latest, seq:N, time:RFC3339");
    }
}
