// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * One row as it was found somewhere, in the order in which it was found there.
 *
 * @param place where; rows of one place have one order
 * @param sequence the sequence that the row was shown with, or null where none is shown
 * @param since what the row's container says it lies strictly after
 * @param through what the container says it ends at
 */
public record SeenRow(String place, @Nullable Long sequence, long since, long through, JsonNode fields) {
    /** A row of a page, which bounds nothing. */
    public static SeenRow onPage(String place, @Nullable Long sequence, JsonNode fields) {
        return new SeenRow(place, sequence, 0, Long.MAX_VALUE, fields);
    }
}
