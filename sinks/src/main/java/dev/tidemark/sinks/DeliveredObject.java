// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One object that a sink has delivered, with what is known of it; what nobody remembers is null.
 *
 * @param stream that it is of
 * @param object its name in the partition's folder
 * @param range of its rows, which its name says
 * @param sha256 of its bytes as stored
 * @param digest over the rows' logical values
 * @param at when it was stored, RFC 3339
 */
public record DeliveredObject(
        String stream,
        String dataset,
        String partition,
        String object,
        Range range,
        @Nullable String intent,
        @Nullable Long rows,
        long bytes,
        @Nullable String sha256,
        @Nullable String digest,
        @Nullable String origin,
        @Nullable String at,
        Source source) {
    /** Who says so. */
    public enum Source {
        /** The receipts of the folder. */
        RECEIPT,
        /** The object itself, because the receipts did not. */
        OBJECT,
        /** The store's metadata of the object. */
        METADATA;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
