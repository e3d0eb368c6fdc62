// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Replayed;
import dev.tidemark.cache.Received;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the caches of one disk have promised so far, over all their lives.
 *
 * <p>Every row has a value that no other row has, so that a row can be told from its double. An append is promised
 * when it was answered or when its rows were read; it is refuted when a cache opened and did not have them.
 */
final class Ledger {
    /** Appends by their first value. */
    private final TreeMap<Long, Append> appends = new TreeMap<>();

    private final Map<Adoptee, Adoption> adoptions = new EnumMap<>(Adoptee.class);
    private final Map<String, Departure> departures = new HashMap<>();
    private long nextValue = 1;
    private long highest;
    private boolean joined;

    /**
     * One append.
     *
     * @param first its first sequence; null while nobody knows
     * @param refuted whether it is known not to have happened
     */
    record Append(
            String dataset,
            long value,
            int rows,
            boolean wide,
            @Nullable Long first,
            boolean refuted) {
        boolean isOpen() {
            return first == null && !refuted;
        }
    }

    /** One row that a cache gave back; {@code extra} is null where its column was not filled. */
    record Row(long sequence, long value, @Nullable Long extra) {}

    /** What is known of a file that was tried to be adopted: not whether its rows are there, or that they are. */
    private enum Adoption {
        TRIED,
        THERE
    }

    /**
     * What was tried to be removed from a dataset.
     *
     * @param through the last sequence of it; appends end there
     * @param gone whether it is known to be gone
     */
    private record Departure(long through, boolean gone) {}

    void triesToRemove(String dataset, long through) {
        departures.put(dataset, new Departure(through, false));
    }

    void removed(String dataset) {
        departures.computeIfPresent(dataset, (name, departure) -> new Departure(departure.through(), true));
    }

    private static boolean isOf(@Nullable Departure departure, String dataset, Append append) {
        Long first = append.first();
        return departure != null
                && first != null
                && append.dataset().equals(dataset)
                && first + append.rows() - 1 <= departure.through();
    }

    /** Takes out what is removed, all of it or nothing, from the appends that have to be there. */
    private List<Append> left(String dataset, Map<Long, Row> byValue) {
        List<Append> left = new ArrayList<>(appends.values());
        Departure departure = departures.get(dataset);
        List<Append> leaving =
                left.stream().filter(append -> isOf(departure, dataset, append)).toList();
        boolean absent = leaving.stream().noneMatch(append -> byValue.containsKey(append.value()));
        if (departure != null && (departure.gone() || absent)) {
            for (Append append : leaving) {
                for (int i = 0; i < append.rows(); i++) {
                    Row row = byValue.get(append.value() + i);
                    assertEquals(null, row, () -> "was removed and is there: " + row);
                }
            }
            left.removeAll(leaving);
        }
        return left;
    }

    void triesToAdopt(Adoptee file) {
        adoptions.putIfAbsent(file, Adoption.TRIED);
    }

    void adopted(Adoptee file) {
        adoptions.put(file, Adoption.THERE);
    }

    boolean has(Adoptee file) {
        return adoptions.get(file) == Adoption.THERE;
    }

    /** Holds the legacy rows that a cache has, by value, against the files that it adopted: each whole, or not at all. */
    void checkAdopted(List<Long> values) {
        List<Long> left = new ArrayList<>(values);
        for (Adoptee file : Adoptee.values()) {
            boolean there = left.containsAll(file.numbers());
            assertTrue(there || !has(file), () -> "lost: " + file);
            if (there) {
                assertTrue(adoptions.containsKey(file), () -> "nobody adopted " + file);
                left.subList(left.indexOf(file.first()), left.indexOf(file.first()) + Adoptee.ROWS)
                        .clear();
                adopted(file);
            }
        }
        assertEquals(List.of(), left, "legacy rows that nobody adopted, or a part of a file");
    }

    /** The same promises, kept or broken apart from these. */
    Ledger copy() {
        Ledger copy = new Ledger();
        copy.adoptions.putAll(adoptions);
        copy.appends.putAll(appends);
        copy.departures.putAll(departures);
        copy.nextValue = nextValue;
        copy.highest = highest;
        copy.joined = joined;
        return copy;
    }

    /** The cache said that a life of another copy is its own now. */
    void joined() {
        joined = true;
    }

    boolean hasJoined() {
        return joined;
    }

    Set<String> datasets() {
        Set<String> names = new HashSet<>();
        appends.values().forEach(append -> names.add(append.dataset()));
        return names;
    }

    /** Notes an append that is about to be tried; returns the value of its first row. */
    long tried(String dataset, int rows, boolean wide) {
        long value = nextValue;
        nextValue += rows;
        appends.put(value, new Append(dataset, value, rows, wide, null, false));
        return value;
    }

    /** Notes that an append is tried once more: what was known not to have happened may happen now. */
    void triedAgain(long value) {
        Append append = append(value);
        if (append.refuted()) {
            replace(new Append(append.dataset(), append.value(), append.rows(), append.wide(), null, false));
        }
    }

    void answered(long value, Appended range) {
        Append append = append(value);
        long first = range.first().value();
        assertEquals(first + append.rows() - 1, range.last().value(), "an append has contiguous sequences");
        assertTrue(first > highest, () -> first + " was given after " + highest);
        settle(append, first);
    }

    /** The newest append that was tried; null before the first. */
    @Nullable
    Append newest() {
        return appends.isEmpty() ? null : appends.lastEntry().getValue();
    }

    /** Notes that an append that is there was answered again, and not stored again. */
    void replayed(long value, Replayed replayed) {
        Append append = append(value);
        long first = replayed.first().value();
        assertTrue(append.first() != null && append.first() == first, () -> replayed + " is not " + append);
        assertEquals(append.rows(), replayed.rows());
        assertEquals(first + append.rows() - 1, replayed.last().value());
    }

    /** Notes that a sender was told that the last of its rows are there already. */
    void duplicate(long value, Received received) {
        Append append = append(value);
        assertNotNull(append.first(), () -> "not there: " + append);
        assertEquals(value + append.rows() - 1, received.position().sequence());
    }

    /** The last value that a dataset was promised, of those below one; 0 without any. */
    long lastValue(String dataset, long below) {
        return appends.headMap(below).values().stream()
                .filter(append -> append.dataset().equals(dataset) && append.first() != null)
                .mapToLong(append -> append.value() + append.rows() - 1)
                .max()
                .orElse(0);
    }

    /** Notes that nothing of an append was stored. */
    void refused(long value) {
        refute(append(value));
    }

    /** Holds everything that a cache has of a dataset against what was promised. */
    void check(String dataset, List<Row> rows) {
        Map<Long, Row> byValue = new TreeMap<>();
        long before = 0;
        for (Row row : rows) {
            assertTrue(row.sequence() > before, () -> "sequences do not ascend at " + row);
            before = row.sequence();
            assertEquals(null, byValue.put(row.value(), row), () -> "doubled: " + row);
        }
        int expected = 0;
        for (Append append : left(dataset, byValue)) {
            if (append.dataset().equals(dataset)) {
                expected += checkOne(append, byValue) ? append.rows() : 0;
            }
        }
        assertEquals(expected, rows.size(), () -> dataset + " has rows that nobody appended: " + rows);
    }

    /** Whether the rows of an append are there. */
    private boolean checkOne(Append append, Map<Long, Row> byValue) {
        Row head = byValue.get(append.value());
        if (append.refuted() || (append.isOpen() && head == null)) {
            for (int i = 0; i < append.rows(); i++) {
                Row row = byValue.get(append.value() + i);
                assertEquals(null, row, () -> "a part of an append that did not happen: " + row);
            }
            refute(append);
            return false;
        }
        assertNotNull(head, () -> "lost: " + append);
        long first = append.first() == null ? head.sequence() : append.first();
        for (int i = 0; i < append.rows(); i++) {
            long value = append.value() + i;
            Long extra = append.wide() ? Long.valueOf(-value) : null;
            assertEquals(new Row(first + i, value, extra), byValue.get(value), () -> "changed or torn: " + append);
        }
        settle(append, first);
        return true;
    }

    /** The last sequence of the first so many appends to a dataset. */
    long end(String dataset, int some) {
        return appends.values().stream()
                .filter(append -> append.dataset().equals(dataset) && append.first() != null)
                .limit(some)
                .mapToLong(append -> Objects.requireNonNull(append.first()) + append.rows() - 1)
                .max()
                .orElse(0);
    }

    /** The rows that a dataset must have. */
    long promised(String dataset) {
        return appends.values().stream()
                .filter(append -> append.dataset().equals(dataset) && append.first() != null)
                .mapToLong(Append::rows)
                .sum();
    }

    /** The highest sequence that anybody was ever told. */
    long highest() {
        return highest;
    }

    private Append append(long value) {
        Append append = appends.get(value);
        if (append == null) {
            throw new IllegalStateException("nobody tried to append " + value);
        }
        return append;
    }

    private void settle(Append append, long first) {
        List<Append> others = new ArrayList<>(appends.values());
        others.remove(append);
        for (Append other : others) {
            Long taken = other.first();
            assertTrue(
                    taken == null || taken + other.rows() <= first || first + append.rows() <= taken,
                    () -> append + " has sequences of " + other);
        }
        highest = Math.max(highest, first + append.rows() - 1);
        replace(new Append(append.dataset(), append.value(), append.rows(), append.wide(), first, false));
    }

    private void refute(Append append) {
        replace(new Append(append.dataset(), append.value(), append.rows(), append.wide(), null, true));
    }

    private void replace(Append append) {
        appends.put(append.value(), append);
    }
}
