// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.nio.file.Path;

/**
 * What is true of one dataset, on one pinned view.
 *
 * @param accepted rows ever acknowledged, counted at the append
 * @param inSpool rows that rest in the spool alone
 * @param inTable rows in the table, from Iceberg's counts
 * @param bytes of the table's live data files
 * @param metadata the table's current metadata file; its directory is there before the first flush, the file is not
 */
public record DatasetState(
        Dataset dataset,
        long accepted,
        long inSpool,
        long inTable,
        long bytes,
        int files,
        Sequence min,
        Sequence max,
        Sequence flushedThrough,
        Path location,
        Path metadata) {
    /** Rows accepted that are neither in the spool nor in the table: must be 0. */
    public long conservationDelta() {
        return accepted - inSpool - inTable;
    }
}
