// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.table.AgedFile;
import dev.tidemark.cache.table.Departure;
import dev.tidemark.cache.table.RowVisitor;
import dev.tidemark.cache.upkeep.RetentionPolicy.Share;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a table are to go now, and which would and are held: first what is old, then, above the quota, the oldest.
 *
 * <p>Of a file is read only what the metadata does not tell. One that cannot be read is passed over.
 */
final class RetentionPlan {
    private static final String STAY = "min_stay";
    private static final String UNREADABLE = "a file that cannot be read";

    private final List<AgedFile> files;
    private final RetentionRule rule;
    private final RetentionPolicy policy;
    private final Holding holding;
    private final Rows rows;
    private final Map<AgedFile, Departure> departures = new LinkedHashMap<>();
    private final Map<AgedFile, Kept> kept = new LinkedHashMap<>();
    private final List<String> why = new ArrayList<>();
    private final Map<AgedFile, IOException> unreadable = new LinkedHashMap<>();

    /** Shows the rows of a file that are not deleted. */
    @FunctionalInterface
    interface Rows {
        void show(AgedFile file, RowVisitor visitor) throws IOException;
    }

    /** Why rows are wanted out. */
    private enum Reason {
        AGE,
        QUOTA
    }

    /** Rows that would go and stay. */
    private record Kept(long rows, Set<String> by) {}

    RetentionPlan(List<AgedFile> files, RetentionRule rule, RetentionPolicy policy, Holding holding, Rows rows) {
        this.files = files;
        this.rule = rule;
        this.policy = policy;
        this.holding = holding;
        this.rows = rows;
    }

    void make() throws IOException {
        for (AgedFile file : files) {
            decide(file, Reason.AGE);
        }
        long old = removedRows();
        if (old > 0) {
            why.add(old + " rows are older than " + rule.age());
        }
        for (AgedFile file : files) {
            if (leftBytes() > rule.bytes() && !goesWhole(file)) {
                decide(file, Reason.QUOTA);
            }
        }
        if (removedRows() > old) {
            why.add((removedRows() - old) + " rows are the oldest above the quota of " + rule.bytes() + " bytes");
        }
        if (heldRows() > 0) {
            why.add(heldRows() + " rows would go, and are held by " + String.join(", ", heldBy()));
        }
        if (leftBytes() > rule.bytes()) {
            why.add("what stays has " + leftBytes() + " bytes of " + rule.bytes());
        }
    }

    /** The end of the files that go whole before any that does not, in the order in which rows came. */
    Sequence leading() {
        long through = 0;
        for (AgedFile file : files) {
            if (file.kind() == AgedFile.Kind.SEQUENCED) {
                if (!goesWhole(file)) {
                    break;
                }
                through = file.upper();
            }
        }
        return new Sequence(through);
    }

    /** Lets the oldest files go whole, whoever lacks their rows, until what is left is within the quota; through where. */
    Sequence dropOldest(Holding firm) {
        long before = removedRows();
        long through = 0;
        for (AgedFile file : files) {
            if (file.kind() == AgedFile.Kind.LEGACY || (leftBytes() > rule.bytes() && goesWhole(file))) {
                continue;
            }
            if (leftBytes() <= rule.bytes() || firm.of(file) != Share.NONE) {
                break;
            }
            departures.put(file, Departure.whole(file));
            kept.remove(file);
            unreadable.remove(file);
            through = file.upper();
        }
        if (removedRows() > before) {
            why.add((removedRows() - before) + " of the oldest rows are dropped for the quota, whoever lacks them");
        }
        return new Sequence(through);
    }

    private boolean goesWhole(AgedFile file) {
        Departure departure = departures.get(file);
        return departure != null && departure.positions() == null;
    }

    List<Departure> departures() {
        return List.copyOf(departures.values());
    }

    List<String> why() {
        return why;
    }

    /** Files that could not be read, and what was wrong. */
    List<String> unreadable() {
        return unreadable.entrySet().stream()
                .map(each -> each.getKey().path() + " cannot be read, and none of its rows goes: "
                        + each.getValue().getMessage())
                .toList();
    }

    long removedRows() {
        return departures.values().stream().mapToLong(Departure::rows).sum();
    }

    long heldRows() {
        return kept.values().stream().mapToLong(Kept::rows).sum();
    }

    List<String> heldBy() {
        Set<String> all = new TreeSet<>();
        kept.values().forEach(each -> all.addAll(each.by()));
        return List.copyOf(all);
    }

    /** Bytes of the rows that stay. */
    long leftBytes() {
        long bytes = 0;
        for (AgedFile file : files) {
            Departure departure = departures.get(file);
            long gone = departure == null ? 0 : departure.rows();
            bytes += file.bytesOf(file.rows() - gone);
        }
        return bytes;
    }

    private void decide(AgedFile file, Reason reason) throws IOException {
        Share wanted = reason == Reason.AGE ? policy.old(file) : Share.ALL;
        if (wanted == Share.NONE) {
            return;
        }
        Share settled = policy.settled(file);
        Share held = holding.of(file);
        if (wanted == Share.ALL && settled == Share.ALL && held == Share.NONE) {
            departures.put(file, Departure.whole(file));
            kept.remove(file);
        } else if (wanted == Share.ALL && settled == Share.NONE) {
            kept.put(file, new Kept(file.rows(), Set.of(STAY)));
        } else if (wanted == Share.ALL && held == Share.ALL) {
            kept.put(file, new Kept(file.rows(), holding.byAll()));
        } else {
            look(file, reason);
        }
    }

    /** Nobody knows which rows of a file that cannot be read are to go, so all stay; it keeps no other from going. */
    private void look(AgedFile file, Reason reason) throws IOException {
        Looked looked = new Looked(file, reason);
        try {
            rows.show(file, looked);
        } catch (IOException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
            unreadable.put(file, e);
            kept.put(file, new Kept(file.rows(), Set.of(UNREADABLE)));
            return;
        }
        looked.settle();
    }

    /** What was seen of one file. */
    private final class Looked implements RowVisitor {
        private final AgedFile file;
        private final Reason reason;
        private final BitSet goes = new BitSet();
        private final Set<String> heldPartitions = new TreeSet<>();
        private boolean isStaying;
        private long keptRows;
        private long through;
        private long next;

        Looked(AgedFile file, Reason reason) {
            this.file = file;
            this.reason = reason;
        }

        @Override
        public void row(int position, long place, long came, @Nullable Long event, String partition) {
            boolean isWanted = reason == Reason.QUOTA || policy.isOld(RetentionPolicy.agedFrom(came, event), came);
            boolean isSettled = policy.isSettled(came);
            boolean isHeld = isWanted && isSettled && !file.local() && holding.isHeld(file, partition, place);
            if (isWanted && isSettled && !isHeld) {
                goes.set(position);
                through = place;
                return;
            }
            if (next == 0) {
                next = place;
            }
            if (isWanted) {
                keptRows++;
                isStaying |= !isSettled;
                if (isHeld) {
                    heldPartitions.add(partition);
                }
            }
        }

        void settle() {
            long gone = goes.cardinality();
            if (gone == file.rows()) {
                departures.put(file, Departure.whole(file));
            } else if (gone > 0) {
                departures.put(file, new Departure(file, goes, gone, through, next));
            }
            Set<String> by = new TreeSet<>();
            heldPartitions.forEach(partition -> by.addAll(holding.by(partition)));
            if (isStaying) {
                by.add(STAY);
            }
            kept.put(file, new Kept(keptRows, by));
        }
    }
}
