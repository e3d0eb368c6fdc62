// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.table.CacheTable;
import dev.tidemark.cache.table.FileSweep;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the files of a table that nobody needs any more.
 *
 * <p>Grace is counted in commits too, because clocks jump. Where nobody else commits to a table in which files wait, a run adds one
 * commit that changes nothing, so that their grace ends after a hundred runs and not never.
 */
final class OrphanSweep {
    private static final Logger log = LoggerFactory.getLogger(OrphanSweep.class);

    private final CacheTable table;
    private final Lane lane;
    private int versionBefore;
    private boolean isClean;

    OrphanSweep(CacheTable table, Lane lane) {
        this.table = table;
        this.lane = lane;
    }

    /** How many files went, or would go. */
    int run(UpkeepOrder order) throws IOException {
        if (order.mode() == UpkeepOrder.Mode.DRY_RUN) {
            return table.fileSweep().look().orphans();
        }
        if (isClean && table.version() == versionBefore) {
            return 0;
        }
        lane.commit(table.fileSweep()::old);
        FileSweep.Swept swept = table.fileSweep().run();
        if (swept.orphans() > 0) {
            log.info("swept dataset={} files={}", order.dataset(), swept.orphans());
        }
        if (swept.waiting() > 0 && table.version() == versionBefore) {
            lane.commit(() -> {
                table.commitAnew();
                return swept;
            });
        }
        versionBefore = table.version();
        isClean = swept.waiting() == 0 && !swept.putOff();
        return swept.orphans();
    }
}
