// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Position;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One unit on its way, with what a destination that keeps a ledger wants to hear of it.
 *
 * @param encoded the file that holds its rows
 * @param prior what the destination last acknowledged of this track to this sink; the start before it ever did, and
 *     after each rewind
 * @param promised the end of everything of the track that this sink ever promised, this unit included
 * @param previousLife the life of the cache in which this sink was last in touch with its destination
 */
public record Shipment(
        Intent intent,
        Path encoded,
        Position prior,
        Position promised,
        @Nullable String previousLife) {}
