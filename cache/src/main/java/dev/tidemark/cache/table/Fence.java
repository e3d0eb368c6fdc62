// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Sequence;
import java.util.Comparator;
import java.util.Optional;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.util.PropertyUtil;
import org.apache.iceberg.util.SnapshotUtil;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a table still has everything that was flushed into it (I5).
 *
 * <p>Any engine may commit to the table, and most of what it may do is harmless: a rewrite keeps the flushed rows and the
 * property. What is not, such as a rollback, would make a flush go on above rows that are gone. So the newest snapshot
 * that a flush made must be an ancestor of the current one, and the property must say what that flush said. A flush
 * notes it in its snapshot's summary too, which is how that snapshot is known; where it has expired, the row that was
 * flushed last must be seen in the table.
 */
final class Fence {
    private Fence() {}

    /** Why nothing may be written to a table, or null when it is as a flush left it. */
    static @Nullable String reason(TableMetadata metadata, FileIndex index) {
        Sequence flushed = CacheTable.flushedThrough(metadata);
        Sequence last = index.last();
        if (index.strangers() > 0) {
            return index.strangers() + " of its files came from somebody else and do not say which sequences they have";
        }
        if (last.isAfter(flushed)) {
            return "it has rows through " + last + " and its property " + CacheTable.FLUSHED_THROUGH + " says "
                    + flushed;
        }
        Optional<Snapshot> newest = metadata.snapshots().stream()
                .filter(snapshot -> snapshot.summary().containsKey(CacheTable.FLUSHED_THROUGH))
                .max(Comparator.comparingLong(Snapshot::sequenceNumber));
        if (newest.isPresent() && through(newest.get()).equals(flushed)) {
            return isCurrent(newest.get(), metadata)
                    ? null
                    : "it was rolled back: snapshot "
                            + newest.get().snapshotId() + ", flushed through " + flushed
                            + ", is no ancestor of the current one";
        }
        if (newest.isPresent() && through(newest.get()).isAfter(flushed)) {
            return "it was flushed through " + through(newest.get()) + " and its property " + CacheTable.FLUSHED_THROUGH
                    + " says " + flushed;
        }
        return last.equals(flushed)
                ? null
                : "row " + flushed + ", which it says was flushed last, is not there, nor the snapshot of that flush";
    }

    private static Sequence through(Snapshot flush) {
        return new Sequence(PropertyUtil.propertyAsLong(flush.summary(), CacheTable.FLUSHED_THROUGH, 0));
    }

    private static boolean isCurrent(Snapshot flush, TableMetadata metadata) {
        Snapshot current = metadata.currentSnapshot();
        return current != null
                && SnapshotUtil.isAncestorOf(current.snapshotId(), flush.snapshotId(), metadata::snapshot);
    }
}
