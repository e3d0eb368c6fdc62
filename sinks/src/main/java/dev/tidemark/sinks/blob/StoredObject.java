// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import dev.tidemark.sinks.DeliveredObject.Source;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object that is in a store, and what is known of it.
 *
 * @param sha256 of its bytes; null where nobody counted
 * @param facts those that are known, as {@link ObjectFacts#named} has them
 * @param at when it was stored, RFC 3339
 */
public record StoredObject(
        String name,
        long bytes,
        @Nullable String sha256,
        Map<String, String> facts,
        @Nullable String at,
        Source source) {}
