// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Position;
import dev.tidemark.cache.Sequence;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One unit on its way, with what a destination that keeps a ledger wants to hear of it.
 *
 * @param encoded the file that holds its rows
 * @param prior what the destination last acknowledged of this partition to this sink; the start before it ever did
 * @param promised the highest sequence of the partition that this sink ever promised, this unit included
 * @param previousLife the life of the cache in which this sink was last in touch with its destination
 */
public record Shipment(
        Intent intent,
        Path encoded,
        Position prior,
        Sequence promised,
        @Nullable String previousLife) {}
