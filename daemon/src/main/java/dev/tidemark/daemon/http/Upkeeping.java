// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import java.io.IOException;
import java.util.List;

/** Whoever looks after the tables of all datasets. */
public interface Upkeeping {
    /** One round over all of them; waits for one that runs. */
    List<UpkeepReport> round(UpkeepOrder.Mode mode) throws IOException;
}
