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
 * flushed last must be seen in the table. An adoption notes its legacy head in the same way.
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
        Adoptions adoptions = Adoptions.of(metadata);
        if (index.lastLegacy() > adoptions.head()) {
            return "it has legacy rows through " + index.lastLegacy() + " and its property " + Adoptions.PROPERTY
                    + " says " + adoptions.head();
        }
        Optional<Snapshot> adopted = newest(metadata, CacheTable.LEGACY_HEAD);
        if (adopted.isPresent() && !isCurrent(adopted.get(), metadata)) {
            return "it was rolled back: snapshot " + adopted.get().snapshotId()
                    + ", which adopted legacy rows, is no ancestor of the current one";
        }
        if (adopted.isPresent()
                && PropertyUtil.propertyAsLong(adopted.get().summary(), CacheTable.LEGACY_HEAD, 0) > adoptions.head()) {
            return "its property " + Adoptions.PROPERTY + " forgot rows that were adopted";
        }
        Optional<Snapshot> removed = newest(metadata, Removals.PROPERTY);
        if (removed.isPresent() && !isCurrent(removed.get(), metadata)) {
            return "it was rolled back: snapshot " + removed.get().snapshotId()
                    + ", which removed rows, is no ancestor of the current one";
        }
        if (last.isAfter(flushed)) {
            return "it has rows through " + last + " and its property " + CacheTable.FLUSHED_THROUGH + " says "
                    + flushed;
        }
        Optional<Snapshot> newest = newest(metadata, CacheTable.FLUSHED_THROUGH);
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
        return last.equals(flushed) || Removals.of(metadata).through() == flushed.value()
                ? null
                : "row " + flushed + ", which it says was flushed last, is not there, nor the snapshot of that flush";
    }

    private static Optional<Snapshot> newest(TableMetadata metadata, String noted) {
        return metadata.snapshots().stream()
                .filter(snapshot -> snapshot.summary().containsKey(noted))
                .max(Comparator.comparingLong(Snapshot::sequenceNumber));
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
