// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import dev.tidemark.sinks.Range;
import java.util.Map;

/**
 * What a store remembers beside an object.
 *
 * @param origin the incarnation of the cache and the sink instance, {@code incarnation/instance}
 * @param digest over the rows' logical values
 */
public record ObjectFacts(String intent, String origin, Range range, long rows, String digest) {
    public static final String INTENT = "tidemark-intent";
    public static final String ROWS = "tidemark-rows";
    public static final String DIGEST = "tidemark-digest";
    public static final String ORIGIN = "tidemark-origin";

    /** The facts under the names that they have in a store's metadata and in a file's own. */
    public Map<String, String> named() {
        return Map.of(
                INTENT,
                intent,
                ROWS,
                Long.toString(rows),
                DIGEST,
                digest,
                ORIGIN,
                origin,
                "tidemark-since",
                Long.toString(range.since()),
                "tidemark-through",
                Long.toString(range.through()));
    }

    /** Whether facts that were found are of these rows, or of this very promise (I10). */
    public boolean areOf(Map<String, String> found) {
        return intent.equals(found.get(INTENT))
                || (Long.toString(rows).equals(found.get(ROWS)) && digest.equals(found.get(DIGEST)));
    }
}
