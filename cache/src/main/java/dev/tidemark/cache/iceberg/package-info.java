// SPDX-License-Identifier: Apache-2.0
/**
 * What Iceberg asks of whoever keeps its tables: a place to run, a file to seek in, metadata not yet committed.
 *
 * <p>It serves the tables of the cache and those that sinks export to, and knows neither.
 */
@NullMarked
package dev.tidemark.cache.iceberg;

import org.jspecify.annotations.NullMarked;
