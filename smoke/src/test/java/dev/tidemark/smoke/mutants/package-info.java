// SPDX-License-Identifier: Apache-2.0
/**
 * Takes the lines that make Tidemark durable away, one at a time, and shows which test notices.
 *
 * <p>Start at {@link dev.tidemark.smoke.mutants.Mutants}. A line is marked with a comment of its own above it:
 *
 * <pre>
 * // durable: I1,I5 spool.append.sync
 * file.sync();
 * </pre>
 *
 * <p>The rules named there are the tags of the tests that must notice. A marked line that no such test misses is a
 * survivor, and a survivor fails the run: either the line does nothing or nothing proves it.
 */
@NullMarked
package dev.tidemark.smoke.mutants;

import org.jspecify.annotations.NullMarked;
