// SPDX-License-Identifier: Apache-2.0
/**
 * Step one of a row's walk: it is stamped and becomes durable here, and is answered only then (LLP 0002).
 *
 * <p>Start at {@link Spool}, the one log of the whole cache. {@link SpoolSegment} is the byte format, {@link
 * IngestSequence} gives the numbers, {@link SpoolBooks} is what all frames add up to, and {@link Checkpoint} keeps that
 * when frames go.
 *
 * <p>This package knows no Iceberg, and nothing here answers before a sync.
 */
@NullMarked
package dev.tidemark.cache.spool;

import org.jspecify.annotations.NullMarked;
