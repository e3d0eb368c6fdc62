// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a dataset are not there any more: those that policy removed, from the first up to one, and those that the
 * disk has lost.
 *
 * <p>A removal that failed, and an append whose bytes were damaged, are <em>in doubt</em> until the next look: a commit may have been
 * made, a table may have had the rows.
 */
final class Departed {
    private long through;
    private @Nullable Long leaving;
    private long leavingAtMost;
    private final TreeSet<Long> lost = new TreeSet<>();
    /** The last sequence of each append that was damaged, by its first. */
    private final Map<Long, Long> hurt = new HashMap<>();

    private boolean wasHurt;

    Departed copy() {
        Departed copy = new Departed();
        copy.through = through;
        copy.leaving = leaving;
        copy.leavingAtMost = leavingAtMost;
        copy.lost.addAll(lost);
        copy.hurt.putAll(hurt);
        copy.wasHurt = wasHurt;
        return copy;
    }

    /** Rows up to {@code last} are to be removed now; up to {@code atMost}, if a flush in doubt turns out to have been made. */
    void leaves(long last, long atMost) {
        leaving = Math.max(through, last);
        leavingAtMost = Math.max(leaving, atMost);
    }

    /** They are gone up to this one: somebody was told. */
    void left(long last) {
        through = Math.max(through, last);
        leaving = null;
    }

    void hurt(long first, long last) {
        hurt.put(first, last);
        wasHurt = true;
    }

    /** Ends all doubt by what is there: of each removal and of each append all or nothing. */
    void settle(List<Row> rows) {
        TreeSet<Long> there = new TreeSet<>();
        rows.forEach(row -> there.add(row.sequence()));
        if (leaving != null) {
            through = lastGone(there, lastGone(there, through, leaving), leavingAtMost);
        }
        leaving = null;
        hurt.forEach((first, last) -> {
            if (there.subSet(first, true, last, true).isEmpty()) {
                LongStream.rangeClosed(Math.max(first, through + 1), last).forEach(lost::add);
            }
        });
        hurt.clear();
    }

    private static long lastGone(NavigableSet<Long> there, long from, long through) {
        return there.subSet(from, false, through, true).isEmpty() ? through : from;
    }

    /** Whether a frame of it was ever damaged, be it one that a table has. */
    boolean wasHurt() {
        return wasHurt;
    }

    /** Rows up to here went by policy. */
    long through() {
        return through;
    }

    boolean isLost(long sequence) {
        return lost.contains(sequence);
    }

    Set<Long> lost() {
        return lost;
    }
}
