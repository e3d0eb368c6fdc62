// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.directory;

import dev.tidemark.sinks.blob.ObjectFacts;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of a folder's receipts.
 *
 * <p>One that was made from its object has null where the object does not tell.
 *
 * @param object the file's name
 * @param sha256 of the file's bytes
 * @param digest over the rows' logical values
 */
record Receipt(
        String object,
        @Nullable String intent,
        long since,
        long through,
        @Nullable Long rows,
        long bytes,
        String sha256,
        @Nullable String digest,
        @Nullable String origin,
        String at) {
    /** Whether these are the rows, or the very promise, that the facts speak of. */
    boolean speaksOf(ObjectFacts facts) {
        return facts.areOf(facts());
    }

    /** The facts that it knows, as {@link ObjectFacts#named} has them. */
    Map<String, String> facts() {
        Map<String, String> facts = new HashMap<>();
        put(facts, ObjectFacts.INTENT, intent);
        put(facts, ObjectFacts.ROWS, rows == null ? null : rows.toString());
        put(facts, ObjectFacts.DIGEST, digest);
        put(facts, ObjectFacts.ORIGIN, origin);
        return facts;
    }

    private static void put(Map<String, String> facts, String name, @Nullable String value) {
        if (value != null) {
            facts.put(name, value);
        }
    }
}
