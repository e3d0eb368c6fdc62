// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.time.Instant;
import java.util.stream.StreamSupport;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.ExpireSnapshots.CleanupLevel;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.util.PropertyUtil;

/**
 * How many snapshots a table keeps; the files of those that go stay until they are swept.
 *
 * <p>The newest few stay, for whoever reads the table from outside. Where nobody has committed for as long as a file's grace,
 * those before the current one would keep files on disk for ever that were removed or merged, so they go.
 */
final class KeptSnapshots {
    static final int NEWEST = 10;
    /** A commit that finds so many lets go of all but the newest. */
    static final int MAX = 30;

    private static final String GC_ENABLED = "gc.enabled";

    private KeptSnapshots() {}

    /** How many of them are to stay. */
    static int wanted(TableMetadata metadata, Instant now) {
        Snapshot current = metadata.currentSnapshot();
        boolean isQuiet = current != null
                && Instant.ofEpochMilli(current.timestampMillis()).isBefore(now.minus(MetadataSweep.GRACE));
        return isQuiet && metadata.snapshots().stream().anyMatch(KeptSnapshots::tookFilesOut) ? 1 : NEWEST;
    }

    private static boolean tookFilesOut(Snapshot snapshot) {
        return !DataOperations.APPEND.equals(snapshot.operation());
    }

    /** How many are beyond those. */
    static int beyond(TableMetadata metadata, Instant now) {
        return Math.max(0, metadata.snapshots().size() - wanted(metadata, now));
    }

    /** Lets go of old ones where there are many. */
    static void expireMany(Transaction commit) {
        long snapshots = StreamSupport.stream(commit.table().snapshots().spliterator(), false)
                .count();
        if (snapshots >= MAX) {
            expire(commit, NEWEST);
        }
    }

    /** Lets go of all but the newest, unless the table's owner forbids it. */
    static void expire(Transaction commit, int kept) {
        if (PropertyUtil.propertyAsBoolean(commit.table().properties(), GC_ENABLED, true)) {
            commit.expireSnapshots()
                    .retainLast(kept)
                    .expireOlderThan(Long.MAX_VALUE)
                    .cleanupLevel(CleanupLevel.NONE)
                    .commit();
        }
    }
}
