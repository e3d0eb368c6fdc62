// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.table.CacheTable;
import java.io.IOException;

/** Lets a table go of old snapshots; their files stay until their grace has passed. */
final class SnapshotExpiry {
    private final CacheTable table;
    private final Lane lane;

    SnapshotExpiry(CacheTable table, Lane lane) {
        this.table = table;
        this.lane = lane;
    }

    /** How many snapshots went, or would go. */
    int run(UpkeepOrder.Mode mode) throws IOException {
        int old = table.oldSnapshots();
        if (old > 0 && mode == UpkeepOrder.Mode.RUN) {
            lane.commit(table::expireSnapshots);
        }
        return old;
    }
}
