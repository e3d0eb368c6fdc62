// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import dev.tidemark.sinks.Range;

/**
 * What a store remembers beside an object.
 *
 * @param origin the incarnation of the cache and the sink instance, {@code incarnation/instance}
 * @param digest over the rows' logical values
 */
public record ObjectFacts(String intent, String origin, Range range, long rows, String digest) {}
