// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Sequence;
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

    /**
     * Reads {@code earliest}, {@code latest} or {@code seq:N}.
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
        if (text.startsWith("time:")) {
            throw new IllegalArgumentException(
                    "start: " + text + " is not built in this version; write earliest, latest or seq:N");
        }
        Matcher sequence = Pattern.compile("seq:(\\d{1,18})").matcher(text);
        if (!sequence.matches()) {
            throw new IllegalArgumentException("start: " + text + " is not one of earliest, latest, seq:N");
        }
        return new After(new Sequence(Long.parseLong(sequence.group(1))));
    }
}
