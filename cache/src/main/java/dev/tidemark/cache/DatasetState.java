// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.spool.UnflushedFrame;
import dev.tidemark.cache.table.TableView;
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
    /** What the log, the table and the record of damage say together. */
    static DatasetState of(Logged log, TableView view, List<Damage> damages, Path location, Path metadata) {
        List<UnflushedFrame> tail = log.tail();
        boolean flushed = tail.isEmpty();
        return new DatasetState(
                log.dataset(),
                log.accepted(),
                view.adopted(),
                tail.stream()
                        .mapToLong(frame -> frame.rows() - frame.lost(damages))
                        .sum(),
                view.rows(),
                view.legacyRows(),
                view.removed(),
                damages.stream().mapToLong(Damage::rows).sum(),
                log.tailCame(),
                view.bytes(),
                view.files(),
                flushed || view.first().isAfter(Sequence.NONE)
                        ? view.first()
                        : tail.getFirst().first(),
                flushed ? view.last() : tail.getLast().last(),
                view.flushedThrough(),
                location,
                metadata);
    }

    /**
     * What the log says of a dataset.
     *
     * @param tail what is not in the table
     * @param tailCame when the first of that came, where that is known
     */
    record Logged(
            Dataset dataset,
            long accepted,
            List<UnflushedFrame> tail,
            @Nullable Instant tailCame) {}

    /** Rows accepted or adopted that are neither in the spool nor in the table nor known to be lost: must be 0. */
    public long conservationDelta() {
        return accepted + adopted - inSpool - inTable - removed - damaged;
    }
}
