// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Position;
import org.jspecify.annotations.Nullable;

/**
 * What a destination remembers of one track, whatever this copy of the cache knows of it.
 *
 * @param life the life that wrote there last; null where none is remembered
 */
public record Trace(Position through, @Nullable String life) {}
