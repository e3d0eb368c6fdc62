// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.RowBatch;
import org.apache.arrow.vector.FieldVector;

/**
 * How many bytes the rows of a batch are in the spool.
 *
 * <p>A row has a place in every column of its dataset, also in those that it does not bring, so a small body can be a
 * large append.
 */
final class AppendSize {
    private AppendSize() {}

    static long of(RowBatch batch) {
        long bytes = 0;
        for (Column column : batch.dataset().columns()) {
            long absent = (long) batch.rows() * width(column.type().kind()) + batch.rows() / Byte.SIZE;
            bytes += batch.vector(column.name())
                    .map(FieldVector::getBufferSize)
                    .map(Integer::longValue)
                    .orElse(absent);
        }
        return bytes;
    }

    /** Bytes of one place without a value; of text that is its offset. */
    private static int width(ColumnType.Kind kind) {
        return switch (kind) {
            case BOOLEAN -> 1;
            case INT, FLOAT, DATE, STRING, JSON, BINARY -> Integer.BYTES;
            case LONG, DOUBLE, TIMESTAMP -> Long.BYTES;
            case DECIMAL -> 2 * Long.BYTES;
        };
    }
}
