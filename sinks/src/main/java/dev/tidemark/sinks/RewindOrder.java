// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import org.jspecify.annotations.Nullable;

/**
 * Where a sink is to go on.
 *
 * @param to after this; {@code earliest} is the sink's own beginning
 * @param until a replay ends here; null: at the newest row there is now
 * @param dataset the only one; null for all that the sink takes
 * @param partition the only one, by its encoded name; null for all
 */
public record RewindOrder(
        Course course,
        Start to,
        @Nullable Start until,
        @Nullable String dataset,
        @Nullable String partition) {
    /**
     * Reads {@code start}, {@code latest}, {@code seq:N} or {@code time:RFC3339}.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static Start place(String text) {
        if (text.equals("start")) {
            return new Start.Earliest();
        }
        try {
            return Start.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not one of start, latest, seq:N, time:RFC3339 (as 2026-01-01T00:00:00Z)", e);
        }
    }

    /** On which stream it goes on. */
    public enum Course {
        /** The watermarks themselves move. */
        MAIN,
        /** A stream beside them delivers once more. */
        AGAIN
    }

    /**
     * What came of it.
     *
     * @param fromLegacy the lowest position that is gone on from, in its first part
     * @param fromSequence likewise, in its second
     * @param means what the destination makes of it
     */
    public record Done(String stream, long fromLegacy, long fromSequence, String means) {}
}
