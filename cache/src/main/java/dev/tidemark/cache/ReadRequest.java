// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to read.
 *
 * @param since the rows strictly after this
 * @param legacyThrough the last legacy ordinal wanted, 0 for no legacy rows at all
 * @param through the last sequence wanted; rows beyond the safe horizon are never given whatever it says
 * @param columns the columns wanted, by name; null for all. Batches have the partition column and the hidden ones in any
 *     case, and what is not wanted is not read from disk
 * @param batchRows at most so many rows in one batch
 * @param batchBytes a batch that has so many bytes takes no further row
 */
public record ReadRequest(
        Continuation since,
        long legacyThrough,
        Sequence through,
        RowFilter filter,
        @Nullable Set<String> columns,
        int batchRows,
        long batchBytes) {
    private static final int BATCH_ROWS = 8192;
    private static final long BATCH_BYTES = 4 << 20;

    public ReadRequest {
        columns = columns == null ? null : Set.copyOf(columns);
    }

    /** Everything after {@code since} that is readable now. */
    public static ReadRequest since(Continuation since) {
        return new ReadRequest(
                since, Long.MAX_VALUE, new Sequence(Long.MAX_VALUE), RowFilter.ALL, null, BATCH_ROWS, BATCH_BYTES);
    }

    public ReadRequest through(Sequence last) {
        return new ReadRequest(since, legacyThrough, last, filter, columns, batchRows, batchBytes);
    }

    /** No legacy row beyond an ordinal; where such rows are left out, the token's legacy part stays below them. */
    public ReadRequest legacyThrough(long lastOrdinal) {
        return new ReadRequest(since, lastOrdinal, through, filter, columns, batchRows, batchBytes);
    }

    /** Leaves legacy rows out, and the legacy part of the token as it is. */
    public ReadRequest withoutLegacy() {
        return legacyThrough(0);
    }

    public ReadRequest filtered(RowFilter rows) {
        return new ReadRequest(since, legacyThrough, through, rows, columns, batchRows, batchBytes);
    }

    /** Reads these columns only. */
    public ReadRequest ofColumns(Set<String> names) {
        return new ReadRequest(since, legacyThrough, through, filter, names, batchRows, batchBytes);
    }

    public ReadRequest inBatchesOf(int rows) {
        return new ReadRequest(since, legacyThrough, through, filter, columns, rows, batchBytes);
    }

    public ReadRequest inBatchesOfBytes(long bytes) {
        return new ReadRequest(since, legacyThrough, through, filter, columns, batchRows, bytes);
    }
}
