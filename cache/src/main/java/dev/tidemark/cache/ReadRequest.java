// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to read.
 *
 * @param since the rows strictly after this
 * @param through the last sequence wanted; rows beyond the safe horizon are never given whatever it says
 * @param columns the columns wanted, by name; null for all. Batches have the partition column and the hidden ones in any
 *     case, and what is not wanted is not read from disk
 * @param batchRows at most so many rows in one batch
 * @param batchBytes a batch that has so many bytes takes no further row
 */
public record ReadRequest(
        Continuation since,
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
        return new ReadRequest(since, new Sequence(Long.MAX_VALUE), RowFilter.ALL, null, BATCH_ROWS, BATCH_BYTES);
    }

    public ReadRequest through(Sequence last) {
        return new ReadRequest(since, last, filter, columns, batchRows, batchBytes);
    }

    public ReadRequest filtered(RowFilter rows) {
        return new ReadRequest(since, through, rows, columns, batchRows, batchBytes);
    }

    /** Reads these columns only. */
    public ReadRequest ofColumns(Set<String> names) {
        return new ReadRequest(since, through, filter, names, batchRows, batchBytes);
    }

    public ReadRequest inBatchesOf(int rows) {
        return new ReadRequest(since, through, filter, columns, rows, batchBytes);
    }

    public ReadRequest inBatchesOfBytes(long bytes) {
        return new ReadRequest(since, through, filter, columns, batchRows, bytes);
    }
}
