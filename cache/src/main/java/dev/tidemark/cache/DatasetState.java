// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is true of one dataset, on one pinned view.
 *
 * @param accepted rows ever acknowledged, counted at the append
 * @param adopted legacy rows that ever came in, counted at the adoption
 * @param inSpool rows that rest in the spool alone
 * @param inTable rows in the table, from Iceberg's counts; legacy rows among them
 * @param legacyRows legacy rows in the table
 * @param removed rows that policy removed from the table
 * @param damaged rows that were acknowledged and that the disk has lost, as {@link Cache#damages(String)} has them
 * @param unflushedSince when the oldest of the rows in the spool alone came; null without any
 * @param bytes of the table's live data files
 * @param metadata the table's current metadata file; its directory is there before the first flush, the file is not
 */
public record DatasetState(
        Dataset dataset,
        long accepted,
        long adopted,
        long inSpool,
        long inTable,
        long legacyRows,
        long removed,
        long damaged,
        @Nullable Instant unflushedSince,
        long bytes,
        int files,
        Sequence min,
        Sequence max,
        Sequence flushedThrough,
        Path location,
        Path metadata) {
    /** Rows accepted or adopted that are neither in the spool nor in the table nor known to be lost: must be 0. */
    public long conservationDelta() {
        return accepted + adopted - inSpool - inTable - removed - damaged;
    }
}
