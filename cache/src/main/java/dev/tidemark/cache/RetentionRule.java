// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How long the rows of one dataset stay, and for whom.
 *
 * @param age after which they go; null: they do not grow old
 * @param bytes of its table's files, above which the oldest go
 * @param holdFor the registered sinks that rows wait for; null: all of them, empty: none
 * @param minStay from ingest on, whatever else is said
 * @param overQuota what happens when what has to stay is alone above {@code bytes}
 */
public record RetentionRule(
        @Nullable Duration age, long bytes, @Nullable List<String> holdFor, Duration minStay, OverQuota overQuota) {
    /** Who gives way. */
    public enum OverQuota {
        /** New rows. */
        REFUSE,
        /** The oldest rows, whoever lacks them. */
        DROP_OLDEST
    }

    public RetentionRule {
        holdFor = holdFor == null ? null : List.copyOf(holdFor);
    }

    /** Whether rows wait for a registered sink. */
    public boolean holdsFor(String sink) {
        return holdFor == null || holdFor.contains(sink);
    }
}
