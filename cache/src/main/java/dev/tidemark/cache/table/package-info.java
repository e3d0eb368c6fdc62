// SPDX-License-Identifier: Apache-2.0
/**
 * Step two of a row's walk: it leaves the spool for an Iceberg table that any engine can read (LLP 0003).
 *
 * <p>Start at {@link Flush}. {@link CacheTable} is the only committer of a dataset's table, {@link
 * LocalTableOperations} makes a commit durable and atomic, {@link SequenceScan} gives the rows back in order.
 *
 * <p>Iceberg is known here and nowhere else in the cache, and every byte goes through the disk of {@code
 * cache.files}.
 */
@NullMarked
package dev.tidemark.cache.table;

import org.jspecify.annotations.NullMarked;
