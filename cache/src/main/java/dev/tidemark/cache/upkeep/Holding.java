// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.table.AgedFile;
import dev.tidemark.cache.upkeep.RetentionPolicy.Share;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is held of one dataset while its rows are looked at.
 *
 * <p>What metadata can tell of a whole file is told from the heads alone, so that a destination that has been away for a week
 * costs no read.
 */
final class Holding {
    private final String dataset;
    private final RowHolds holds;
    private final Map<String, RowHolds.Hold> byPartition = new HashMap<>();
    private long sequencedFrom = Long.MAX_VALUE;
    private long sequencedAll = Long.MIN_VALUE;
    private long legacyFrom = Long.MAX_VALUE;
    private long legacyAll = Long.MIN_VALUE;

    /** @param heads asked for after the files that are looked at, so that they speak of every row in these */
    Holding(String dataset, RowHolds holds, List<Head> heads, List<Adoption> adoptions) {
        this.dataset = dataset;
        this.holds = holds;
        for (Head head : heads) {
            long after = on(head.partition().name()).after().sequence();
            sequencedAll = Math.max(sequencedAll, after);
            if (after < head.last().value()) {
                sequencedFrom = Math.min(sequencedFrom, after);
            }
        }
        for (Adoption adoption : adoptions) {
            for (Adoption.Part part : adoption.partitions()) {
                long after = on(part.partition().name()).after().legacy();
                legacyAll = Math.max(legacyAll, after);
                if (adoption.reach() == Adoption.Reach.SINKS && after < part.last()) {
                    legacyFrom = Math.min(legacyFrom, after);
                }
            }
        }
    }

    private RowHolds.Hold on(String partition) {
        return byPartition.computeIfAbsent(partition, name -> holds.on(new Partition(dataset, name)));
    }

    /** Whether any row is held. */
    boolean isAny() {
        return sequencedFrom < Long.MAX_VALUE || legacyFrom < Long.MAX_VALUE;
    }

    /** How much of a file is held, as far as that can be told without reading it. */
    Share of(AgedFile file) {
        if (file.local()) {
            return Share.NONE;
        }
        boolean isLegacy = file.kind() == AgedFile.Kind.LEGACY;
        if (file.upper() <= (isLegacy ? legacyFrom : sequencedFrom)) {
            return Share.NONE;
        }
        return file.lower() > (isLegacy ? legacyAll : sequencedAll) ? Share.ALL : Share.SOME;
    }

    /** Whether one row of a file that is not local is held. */
    boolean isHeld(AgedFile file, String partition, long place) {
        RowHolds.Hold hold = on(partition);
        return place
                > (file.kind() == AgedFile.Kind.LEGACY
                        ? hold.after().legacy()
                        : hold.after().sequence());
    }

    /** For whom rows of a partition are held. */
    Set<String> by(String partition) {
        return new TreeSet<>(on(partition).by());
    }

    /** For whom rows of any partition are held. */
    Set<String> byAll() {
        Set<String> all = new TreeSet<>();
        byPartition.values().forEach(hold -> all.addAll(hold.by()));
        return all;
    }
}
