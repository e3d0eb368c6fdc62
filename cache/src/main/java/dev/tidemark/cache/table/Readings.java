// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.IOException;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Remembers the newest reading of a table, and says when its fence rises or falls. */
final class Readings {
    private static final Logger log = LoggerFactory.getLogger(Readings.class);

    private final String dataset;
    private final LocalTableOperations operations;
    private @Nullable Reading newest;

    Readings(String dataset, LocalTableOperations operations) {
        this.dataset = dataset;
        this.operations = operations;
    }

    /** What is true of some metadata; read once, and after our own flushes not at all. */
    @SuppressWarnings("ReferenceEquality") // One reading of the metadata is one object.
    synchronized Reading of(TableMetadata metadata) throws IOException {
        Reading known = newest;
        if (known != null && known.metadata() == metadata) {
            return known;
        }
        FileIndex index = known == null ? FileIndex.empty() : known.index();
        Snapshot current = metadata.currentSnapshot();
        if (current == null) {
            index = FileIndex.empty();
        } else if (current.snapshotId() != index.snapshot()) {
            index = FileIndex.read(metadata, current, operations.io());
        }
        Reading fresh = Reading.of(metadata, index);
        if (metadata != operations.current()) {
            return fresh; // Whoever was slow does not take the place of what is newer.
        }
        String fence = fresh.fence();
        if (fence != null && (known == null || !fence.equals(known.fence()))) {
            log.error("fenced dataset={} reason={}", dataset, fence);
        } else if (fence == null && known != null && known.fence() != null) {
            log.info("fence lifted dataset={}", dataset);
        }
        newest = fresh;
        return fresh;
    }

    /** Keeps the index in step with a commit of our own, unless somebody else committed after it already. */
    synchronized void remember(FileIndex index) {
        TableMetadata now = operations.current();
        if (now != null
                && now.currentSnapshot() != null
                && now.currentSnapshot().snapshotId() == index.snapshot()) {
            newest = Reading.of(now, index);
        }
    }
}
