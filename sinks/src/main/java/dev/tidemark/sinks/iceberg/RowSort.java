// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Sorts rows by some columns, nulls first; equal ones stay in their order.
 *
 * <p>A value is a sequence of words of eight bytes, which order as the values do ({@link SortKey}). Rows are ordered by their
 * first words, byte for byte from the last to the first, and those that are equal there by the next. So a value is looked
 * at once for each of its words, and no row is an object.
 */
final class RowSort {
    /** Longer beginnings in common are rare, and comparing whole values is quicker then. */
    private static final int WORDS_MAX = 16;

    /** Fewer rows are put in their places one by one. */
    private static final int COUNTED_ROWS_MIN = 48;

    private static final int BYTE_VALUES = 1 << Byte.SIZE;

    private final List<SortKey> keys;
    private final int[][] counts = new int[Long.BYTES][BYTE_VALUES];
    private final Deque<Run> runs = new ArrayDeque<>();
    private long[] places = {};
    private long[] words = {};
    private long[] otherPlaces = {};
    private long[] otherWords = {};

    /** Rows that are equal in all columns before one, and in so many words of that. */
    private record Run(int from, int to, int column, int word) {}

    RowSort(List<SortKey> keys) {
        this.keys = keys;
    }

    /** Puts the first places of an array in order. */
    void sort(long[] all, int count) {
        places = all;
        words = new long[count];
        otherPlaces = new long[count];
        otherWords = new long[count];
        push(0, count, 0, 0);
        while (!runs.isEmpty()) {
            sort(runs.pop());
        }
    }

    private void push(int from, int to, int column, int word) {
        if (to - from > 1 && column < keys.size()) {
            runs.push(new Run(from, to, column, word));
        }
    }

    private void sort(Run run) {
        if (run.word == WORDS_MAX) {
            compare(run);
            return;
        }
        SortKey key = keys.get(run.column);
        boolean isSorted = true;
        for (int i = run.from; i < run.to; i++) {
            words[i] = key.word(PlaceList.batchOf(places[i]), PlaceList.rowOf(places[i]), run.word);
            isSorted &= i == run.from || Long.compareUnsigned(words[i - 1], words[i]) <= 0;
        }
        if (!isSorted && run.to - run.from < COUNTED_ROWS_MIN) {
            insert(run.from, run.to);
        } else if (!isSorted) {
            count(run.from, run.to);
        }
        int begin = run.from;
        for (int i = run.from + 1; i <= run.to; i++) {
            if (i == run.to || words[i] != words[begin]) {
                boolean isLast = key.isLast(words[begin], run.word);
                push(begin, i, isLast ? run.column + 1 : run.column, isLast ? 0 : run.word + 1);
                begin = i;
            }
        }
    }

    private void insert(int from, int to) {
        for (int i = from + 1; i < to; i++) {
            long place = places[i];
            long word = words[i];
            int at = i;
            while (at > from && Long.compareUnsigned(words[at - 1], word) > 0) {
                places[at] = places[at - 1];
                words[at] = words[at - 1];
                at--;
            }
            places[at] = place;
            words[at] = word;
        }
    }

    /** By each byte that is not the same in all words, the last one first. */
    private void count(int from, int to) {
        for (int[] each : counts) {
            Arrays.fill(each, 0);
        }
        for (int i = from; i < to; i++) {
            for (int at = 0; at < Long.BYTES; at++) {
                counts[at][byteOf(words[i], at)]++;
            }
        }
        for (int at = 0; at < Long.BYTES; at++) {
            int[] next = counts[at];
            if (next[byteOf(words[from], at)] < to - from) {
                int before = from;
                for (int value = 0; value < BYTE_VALUES; value++) {
                    int count = next[value];
                    next[value] = before;
                    before += count;
                }
                for (int i = from; i < to; i++) {
                    int place = next[byteOf(words[i], at)]++;
                    otherWords[place] = words[i];
                    otherPlaces[place] = places[i];
                }
                System.arraycopy(otherWords, from, words, from, to - from);
                System.arraycopy(otherPlaces, from, places, from, to - from);
            }
        }
    }

    private static int byteOf(long word, int at) {
        return (int) (word >>> (at * Byte.SIZE)) & (BYTE_VALUES - 1);
    }

    /** By this column and those that follow, whole values against whole values. */
    private void compare(Run run) {
        List<SortKey> rest = keys.subList(run.column, keys.size());
        Comparator<Long> order = (one, other) -> SortKey.compare(
                rest, PlaceList.batchOf(one), PlaceList.rowOf(one), PlaceList.batchOf(other), PlaceList.rowOf(other));
        Long[] sorted =
                Arrays.stream(places, run.from, run.to).boxed().sorted(order).toArray(Long[]::new);
        for (int i = run.from; i < run.to; i++) {
            places[i] = sorted[i - run.from];
        }
    }
}
