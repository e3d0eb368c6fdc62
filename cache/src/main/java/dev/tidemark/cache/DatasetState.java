// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.spool.SpoolPin;
import dev.tidemark.cache.spool.UnflushedFrame;
import dev.tidemark.cache.table.CacheTable;
import dev.tidemark.cache.table.TableView;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is true of one dataset, on one pinned view.
 *
 * @param accepted rows ever acknowledged, counted at the append
 * @param adopted legacy rows that ever came in, counted at the adoption
 * @param inSpool rows that rest in the spool alone
 * @param inTable rows in the table, from Iceberg's counts; legacy rows among them
 * @param legacyRows legacy rows in the table
 * @param removed rows that policy removed from the table
 * @param damaged rows that were acknowledged and that the disk has lost, as {@link Cache#damages(String)} has them
 * @param unflushedSince when the oldest of the rows in the spool alone came; null without any
 * @param bytes of the table's live data files
 * @param metadata the table's current metadata file; its directory is there before the first flush, the file is not
 */
public record DatasetState(
        Dataset dataset,
        long accepted,
        long adopted,
        long inSpool,
        long inTable,
        long legacyRows,
        long removed,
        long damaged,
        @Nullable Instant unflushedSince,
        long bytes,
        int files,
        Sequence min,
        Sequence max,
        Sequence flushedThrough,
        Path location,
        Path metadata) {
    /** As it is while the log's rest is pinned; the table is looked at after it. */
    static DatasetState of(SpoolPin pin, CacheTable table, List<Damage> damages) throws IOException {
        TableView view = table.glance();
        List<UnflushedFrame> tail = pin.framesAfter(view.flushedThrough());
        boolean flushed = tail.isEmpty();
        return new DatasetState(
                pin.dataset(),
                pin.accepted(),
                view.adopted(),
                tail.stream()
                        .mapToLong(frame -> frame.rows() - lostOf(frame, damages))
                        .sum(),
                view.rows(),
                view.legacyRows(),
                view.removed(),
                damages.stream().mapToLong(Damage::rows).sum(),
                flushed ? null : pin.came(tail.getFirst()).orElse(null),
                view.bytes(),
                view.files(),
                flushed || view.first().isAfter(Sequence.NONE)
                        ? view.first()
                        : tail.getFirst().first(),
                flushed ? view.last() : tail.getLast().last(),
                view.flushedThrough(),
                table.location(),
                table.metadataFile());
    }

    private static long lostOf(UnflushedFrame frame, List<Damage> damages) {
        return damages.stream()
                .filter(damage -> damage.segment() == frame.segment()
                        && damage.offset() >= frame.offset()
                        && damage.offset() < frame.end())
                .mapToLong(Damage::rows)
                .sum();
    }

    /** Rows accepted or adopted that are neither in the spool nor in the table nor known to be lost: must be 0. */
    public long conservationDelta() {
        return accepted + adopted - inSpool - inTable - removed - damaged;
    }
}
