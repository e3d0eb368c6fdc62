// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/**
 * Which rows a reader may see; asked at every seam where rows leave the store.
 *
 * <p>A row that is filtered out still moves the reader's position.
 */
@FunctionalInterface
public interface RowFilter {
    /** Lets every row through. */
    RowFilter ALL = (batch, row) -> true;

    boolean keeps(RowBatch batch, int row);
}
