// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import org.jspecify.annotations.Nullable;

/**
 * How far this cache has the rows of another one's partition.
 *
 * @param position through which ordinal and sequence of the sender; 0 where none came yet
 * @param life of the sender when the last of them came; null when it did not say
 */
public record Received(Position position, @Nullable String life) {
    /** Of whom nothing is known. */
    public static final Received NOTHING = new Received(Position.START, null);
}
