// SPDX-License-Identifier: Apache-2.0
/**
 * What is counted and timed while the daemon runs, and how a scraper reads it.
 *
 * <p>{@link dev.tidemark.daemon.metrics.Metrics} counts what happens; {@link dev.tidemark.daemon.metrics.Exposition} adds
 * what is true now, from the status, and writes both as OpenMetrics text. Names are fixed. No label holds what a row holds,
 * except the names of datasets and sinks.
 */
@NullMarked
package dev.tidemark.daemon.metrics;

import org.jspecify.annotations.NullMarked;
