// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.Hash128;
import dev.tidemark.cache.IdempotencyKey;

/**
 * One append as its producer knows it.
 *
 * @param value of its first row; the rows count up from it
 * @param partitions how many its rows may fall into
 * @param width how many further columns its rows fill
 * @param key names it among the appends of its dataset; 0 for none
 */
record Sent(String dataset, long value, int rows, int partitions, int width, long key) {
    IdempotencyKey idempotencyKey() {
        return new IdempotencyKey(new Hash128(key, 0), new Hash128(value, rows));
    }

    /** The row that came with this index, if the append got its place at {@code first}. */
    Row row(long first, int index) {
        long own = value + index;
        return new Row(first + index, own, Row.who(own, partitions), width);
    }
}
