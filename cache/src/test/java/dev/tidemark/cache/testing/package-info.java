// SPDX-License-Identifier: Apache-2.0
/**
 * Twins of the world for tests: a disk that loses what was not synced, a clock that moves when told, seeds that are
 * printed.
 *
 * <p>Start at {@link dev.tidemark.cache.testing.FaultyDisk}. Everything here lies in memory; no real file is ever
 * touched. The tests of every module may use it, the product never does.
 */
@NullMarked
package dev.tidemark.cache.testing;

import org.jspecify.annotations.NullMarked;
