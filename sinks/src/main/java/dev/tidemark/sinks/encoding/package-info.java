// SPDX-License-Identifier: Apache-2.0
/**
 * How rows become bytes.
 *
 * <p>A {@link dev.tidemark.sinks.encoding.RowEncoder} writes batches in one format; the pages of the HTTP interface
 * and the objects of a sink come from the same class, so that a row looks the same wherever it is met.
 * {@link dev.tidemark.sinks.encoding.RowDigest} says what the rows are, whatever the format.
 *
 * <p>Nothing here knows where the bytes go, or keeps anything between two batches.
 */
@NullMarked
package dev.tidemark.sinks.encoding;

import org.jspecify.annotations.NullMarked;
