// SPDX-License-Identifier: Apache-2.0
/**
 * From the bytes of a request to a batch that the cache takes.
 *
 * <p>Start at {@link dev.tidemark.daemon.decoding.RowsDecoder}. Every format comes down to the text of one JSON object for
 * each row ({@link dev.tidemark.daemon.decoding.RowTexts}), which is parsed by streaming straight into Arrow vectors. Rows
 * that show columns that nobody knew, or values that only a wider type takes, are read again against the dataset that then
 * is proposed. In the ordinary case one pass does.
 *
 * <p>Nothing here is stored, and nothing is repaired: a value either is what its column says, or the request is refused
 * with the line, the row and the column, and with what to declare instead; or, where that is configured, the row is left
 * out and told of.
 */
@NullMarked
package dev.tidemark.daemon.decoding;

import org.jspecify.annotations.NullMarked;
