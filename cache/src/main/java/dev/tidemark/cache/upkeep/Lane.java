// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.table.Flush;
import java.io.IOException;

/**
 * The one way by which upkeep writes to a dataset's table: a commit here and a flush take turns, so each is made on
 * metadata that was just read.
 *
 * <p>Whatever takes long is prepared before: rows wait in the spool for as long as a commit lasts.
 */
public final class Lane {
    private final Flush flush;

    public Lane(Flush flush) {
        this.flush = flush;
    }

    /**
     * Runs a commit while no flush runs.
     *
     * @throws dev.tidemark.cache.FencedException when nothing may be built on the table; the commit did not run
     */
    public <T> T commit(Flush.Commit<T> commit) throws IOException {
        return flush.between(commit);
    }
}
