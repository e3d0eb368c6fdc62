// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.MergeNeed;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.cache.spool.Spool;
import dev.tidemark.cache.table.CacheTable;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Keeps one dataset's table in order, one run at a time: removes, merges, expires, sweeps, in this order, because each
 * makes work for the next.
 */
public final class Upkeep implements AutoCloseable {
    private final Retention retention;
    private final Compaction compaction;
    private final SnapshotExpiry expiry;
    private final OrphanSweep sweep;

    public Upkeep(
            String dataset,
            CacheTable table,
            Lane lane,
            Spool spool,
            InstantSource clock,
            DiskShare share,
            BufferAllocator memory) {
        this.retention = new Retention(table, lane, spool, clock, memory);
        this.compaction = new Compaction(dataset, table.rewrites(), lane, share, memory);
        this.expiry = new SnapshotExpiry(table, lane);
        this.sweep = new OrphanSweep(table, lane);
    }

    /**
     * Does what is to be done, or tells what it would do.
     *
     * @throws dev.tidemark.cache.FencedException when nothing may be built on the table
     */
    public synchronized UpkeepReport run(UpkeepOrder order) throws IOException {
        List<String> why = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        if (order.mode() == UpkeepOrder.Mode.MERGE_ONE) {
            UpkeepReport.Compacted merged = compaction.run(order.limits(), order.mode(), why);
            return new UpkeepReport(order.dataset(), UpkeepReport.Retained.NOTHING, merged, 0, 0, why, failures);
        }
        UpkeepReport.Retained retained = retention.run(order, why, failures);
        UpkeepReport.Compacted compacted = compaction.run(order.limits(), order.mode(), why);
        int expired = expiry.run(order.mode());
        int orphans = sweep.run(order);
        return new UpkeepReport(order.dataset(), retained, compacted, expired, orphans, why, failures);
    }

    /** How much the table needs its next merge; empty when nothing is worth one now. */
    public synchronized Optional<MergeNeed> need(UpkeepLimits limits) throws IOException {
        return compaction.need(limits);
    }

    /** Stops what takes long; what it has in hand is put down safely. */
    @Override
    public void close() {
        compaction.close();
    }
}
