// SPDX-License-Identifier: Apache-2.0
/**
 * Everything at once: load, kills, stops, reloads, bad links and bad endpoints, by a seed.
 *
 * <p>{@link dev.tidemark.smoke.storm.Storm} arranges a {@link dev.tidemark.smoke.storm.Coast} and troubles it. Rows are
 * {@link dev.tidemark.smoke.storm.NumberedRow}s, whose every value follows from two numbers, so that an {@link
 * dev.tidemark.smoke.storm.Audit} needs one bit a row to say what is missing, doubled, altered, invented or out of order, at
 * a hundred million rows as at a thousand.
 */
@NullMarked
package dev.tidemark.smoke.storm;

import org.jspecify.annotations.NullMarked;
