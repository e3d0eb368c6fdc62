// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.util.stream.StreamSupport;
import org.apache.iceberg.ExpireSnapshots.CleanupLevel;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.util.PropertyUtil;

/** How many snapshots a table keeps; the files of those that go stay until they are swept. */
final class KeptSnapshots {
    static final int NEWEST = 10;
    /** A commit that finds so many lets go of all but the newest. */
    static final int MAX = 30;

    private static final String GC_ENABLED = "gc.enabled";

    private KeptSnapshots() {}

    /** How many are beyond the newest. */
    static int beyond(TableMetadata metadata) {
        return Math.max(0, metadata.snapshots().size() - NEWEST);
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
