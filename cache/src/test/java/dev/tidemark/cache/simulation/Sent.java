// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.AppendFact;
import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.Hash128;
import dev.tidemark.cache.IdempotencyKey;
import dev.tidemark.cache.ReceivedUnit;
import dev.tidemark.cache.ReceivedUnit.Order;
import dev.tidemark.cache.ReceivedUnit.Range;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One append as its producer knows it.
 *
 * @param value of its first row; the rows count up from it
 * @param partitions how many its rows may fall into
 * @param width how many further columns its rows fill
 * @param key names it among the appends of its dataset; 0 for none
 * @param unit null when its rows are nobody else's
 */
record Sent(
        String dataset,
        long value,
        int rows,
        int partitions,
        int width,
        long key,
        @Nullable Unit unit) {

    /** Which rows of another cache these are. */
    record Unit(String origin, long since, long through) {
        ReceivedUnit fact() {
            return new ReceivedUnit(origin, null, "all", new Range(Order.SEQUENCE, since, through), null, null);
        }
    }

    AppendFacts facts() {
        List<AppendFact> facts = new ArrayList<>();
        if (key != 0) {
            facts.add(new IdempotencyKey(new Hash128(key, 0), new Hash128(value, rows)));
        }
        if (unit != null) {
            facts.add(unit.fact());
        }
        return new AppendFacts(facts);
    }

    /** The row that came with this index, if the append got its place at {@code first}. */
    Row row(long first, int index) {
        long own = value + index;
        return new Row(first + index, own, Row.who(own, partitions), width);
    }
}
