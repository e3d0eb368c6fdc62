// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.iceberg;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import org.apache.iceberg.HistoryEntry;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;

/**
 * Metadata in which nothing is later than now.
 *
 * <p>Iceberg gives each commit the time of the host's clock and refuses one that is more than a minute before the last one. So
 * a clock that was ahead once, here or at another writer of the table, would keep everybody from committing until that time
 * has come. A time of the future is nobody's truth, and is taken for now.
 */
public final class PresentTimes {
    private static final long TOLERATED_MILLIS = 30_000;
    private static final Set<String> TIMES = Set.of("timestamp-ms", "last-updated-ms");
    private static final JsonMapper JSON = new JsonMapper();

    private PresentTimes() {}

    /** The metadata itself, unless it has times of the future, as the clock says now that Iceberg asks too. */
    public static TableMetadata of(TableMetadata metadata) {
        long nowMillis = System.currentTimeMillis();
        long newest = metadata.snapshotLog().stream()
                .mapToLong(HistoryEntry::timestampMillis)
                .reduce(metadata.lastUpdatedMillis(), Math::max);
        if (newest <= nowMillis + TOLERATED_MILLIS) {
            return metadata;
        }
        try {
            JsonNode json = JSON.readTree(TableMetadataParser.toJson(metadata));
            bound(json, nowMillis);
            return TableMetadataParser.fromJson(metadata.metadataFileLocation(), json.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("reading metadata that was just written", e);
        }
    }

    private static void bound(JsonNode node, long nowMillis) {
        if (node instanceof ObjectNode object) {
            for (String time : TIMES) {
                if (object.path(time).asLong() > nowMillis) {
                    object.put(time, nowMillis);
                }
            }
        }
        node.forEach(child -> bound(child, nowMillis));
    }
}
