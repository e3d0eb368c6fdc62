// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import org.jspecify.annotations.Nullable;

/**
 * A row that a destination never took, with what it answered.
 *
 * @param stream on which it was sent
 * @param sequence null for a legacy row
 * @param legacyOrdinal null for a row with a sequence
 * @param row the values, as one JSON object; null when the file that holds them cannot be read
 * @param status of the answer; 0 when the row never got there
 * @param at when it was parked last, in the words of RFC 3339
 * @param replay the stream that sends it again just now; null for none
 */
public record DeadLetter(
        long id,
        String stream,
        String dataset,
        String partition,
        @Nullable Long sequence,
        @Nullable Long legacyOrdinal,
        @Nullable String row,
        int status,
        String reason,
        String response,
        @Nullable String at,
        @Nullable String replay) {}
