// SPDX-License-Identifier: Apache-2.0
/**
 * How fast, beside what bounds it.
 *
 * <p>A figure alone says little. Every {@link dev.tidemark.smoke.bench.Family} therefore measures its peer or its bound in
 * the same run, round by round, and what is printed is the figure, the spread, and the figure it stands beside. Rows are
 * made before a timer starts.
 */
@NullMarked
package dev.tidemark.smoke.bench;

import org.jspecify.annotations.NullMarked;
