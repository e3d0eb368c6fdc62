// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.time.Instant;

/**
 * One open of a cache (I19).
 *
 * @param life random
 * @param first every row of this life has at least this sequence
 * @param at when it began
 */
public record Life(String life, Sequence first, Instant at) {}
