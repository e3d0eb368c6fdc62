// SPDX-License-Identifier: Apache-2.0
/**
 * From the bytes of a request to a batch that the cache takes.
 *
 * <p>Start at {@link dev.tidemark.daemon.decoding.NdjsonDecoder}. JSON is parsed by streaming straight into Arrow
 * vectors. Rows that show columns that nobody knew are read twice: once to find out what the columns are, over all
 * rows of the request, and once more against the dataset that then is proposed. In the ordinary case one pass does.
 *
 * <p>Nothing here is stored, and nothing is repaired: a value either is what its column says, or the request is refused
 * with the line, the row and the column, and with what to declare instead.
 */
@NullMarked
package dev.tidemark.daemon.decoding;

import org.jspecify.annotations.NullMarked;
