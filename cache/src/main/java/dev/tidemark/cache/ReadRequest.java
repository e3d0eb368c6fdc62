// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/**
 * What to read.
 *
 * @param since the rows strictly after this
 * @param through the last sequence wanted; rows beyond the safe horizon are never given whatever it says
 * @param batchRows at most so many rows in one batch
 * @param batchBytes a batch that has so many bytes takes no further row
 */
public record ReadRequest(Continuation since, Sequence through, RowFilter filter, int batchRows, long batchBytes) {
    private static final int BATCH_ROWS = 8192;
    private static final long BATCH_BYTES = 4 << 20;

    /** Everything after {@code since} that is readable now. */
    public static ReadRequest since(Continuation since) {
        return new ReadRequest(since, new Sequence(Long.MAX_VALUE), RowFilter.ALL, BATCH_ROWS, BATCH_BYTES);
    }

    public ReadRequest through(Sequence last) {
        return new ReadRequest(since, last, filter, batchRows, batchBytes);
    }

    public ReadRequest filtered(RowFilter rows) {
        return new ReadRequest(since, through, rows, batchRows, batchBytes);
    }

    public ReadRequest inBatchesOf(int rows) {
        return new ReadRequest(since, through, filter, rows, batchBytes);
    }

    public ReadRequest inBatchesOfBytes(long bytes) {
        return new ReadRequest(since, through, filter, batchRows, bytes);
    }
}
