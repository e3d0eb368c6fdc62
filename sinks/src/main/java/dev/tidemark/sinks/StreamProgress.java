// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Position;
import org.jspecify.annotations.Nullable;

/**
 * How far a stream beside {@code main} got in one dataset; none of it is in any lag or in conservation.
 *
 * @param partition the only one, by its encoded name; null for all
 * @param deliveredRows acknowledged on this stream
 */
public record StreamProgress(
        String stream, String dataset, @Nullable String partition, Position from, Position until, long deliveredRows) {}
