// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.RowBatch;
import java.util.Collection;
import java.util.List;

/**
 * What a body is: the rows that are taken, and those that are not and are to be parked.
 *
 * @param refused in the order of the body; none where one such row refuses the whole body
 */
public record Decoded(RowBatch batch, List<RefusedRow> refused) implements AutoCloseable {
    Decoded(RowBatch batch, Collection<RefusedRow> refused) {
        this(batch, List.copyOf(refused));
    }

    @Override
    public void close() {
        batch.close();
    }
}
