// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.iceberg.SameFiles;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;

/**
 * A table of a catalog, which commits on the condition that the newest snapshot is the one that was read.
 *
 * <p>Whatever is answered but success, the table is looked at: a request may have arrived twice, and then it is refused because
 * it was made (I15).
 */
record CatalogOperations(TableOperations operations) implements SameFiles {
    @Override
    public TableMetadata current() {
        return operations.current();
    }

    @Override
    public TableMetadata refresh() {
        return operations.refresh();
    }

    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
        try {
            operations.commit(base, metadata);
        } catch (RuntimeException e) {
            if (!isMade(base, metadata, e)) {
                throw e instanceof CommitFailedException refused ? refused : unknown(e);
            }
        }
    }

    private boolean isMade(TableMetadata base, TableMetadata metadata, RuntimeException answer) {
        Set<Long> before = base.snapshots().stream().map(Snapshot::snapshotId).collect(Collectors.toSet());
        Set<Long> added = metadata.snapshots().stream()
                .map(Snapshot::snapshotId)
                .filter(id -> !before.contains(id))
                .collect(Collectors.toSet());
        if (added.isEmpty()) {
            return false;
        }
        TableMetadata now;
        try {
            now = operations.refresh();
        } catch (RuntimeException e) {
            answer.addSuppressed(e);
            throw unknown(answer);
        }
        return added.stream().allMatch(id -> now.snapshot(id) != null);
    }

    private static CommitStateUnknownException unknown(RuntimeException e) {
        return e instanceof CommitStateUnknownException already ? already : new CommitStateUnknownException(e);
    }
}
