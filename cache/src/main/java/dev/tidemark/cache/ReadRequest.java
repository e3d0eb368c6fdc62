// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/**
 * What to read.
 *
 * @param since the rows strictly after this
 * @param through the last sequence wanted; rows beyond the safe horizon are never given whatever it says
 * @param batchRows at most so many rows in one batch
 */
public record ReadRequest(Continuation since, Sequence through, RowFilter filter, int batchRows) {
    private static final int BATCH_ROWS = 8192;

    /** Everything after {@code since} that is readable now. */
    public static ReadRequest since(Continuation since) {
        return new ReadRequest(since, new Sequence(Long.MAX_VALUE), RowFilter.ALL, BATCH_ROWS);
    }

    public ReadRequest through(Sequence last) {
        return new ReadRequest(since, last, filter, batchRows);
    }

    public ReadRequest filtered(RowFilter rows) {
        return new ReadRequest(since, through, rows, batchRows);
    }

    public ReadRequest inBatchesOf(int rows) {
        return new ReadRequest(since, through, filter, rows);
    }
}
