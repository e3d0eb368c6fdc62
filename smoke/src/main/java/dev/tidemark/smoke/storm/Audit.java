// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import dev.tidemark.smoke.BrokenPromise;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What arrived at one destination, a bit for each row, held against what was sent. Thread-safe.
 *
 * <p>A producer sends its rows in the order of their numbers, so they must arrive in that order wherever one place keeps one.
 */
final class Audit {
    private static final int EXAMPLES = 5;
    /** Of one producer. A number that nobody can have reached is not to cost the memory of all before it. */
    private static final int NUMBERS_MAX = 1 << 30;

    private final String destination;
    private final Map<Integer, BitSet> seen = new HashMap<>();
    private final Map<String, Long> reached = new HashMap<>();
    private final List<String> wrong = new ArrayList<>();
    private long wrongs;
    private long rows;

    Audit(String destination) {
        this.destination = destination;
    }

    /** Takes one line of a destination that keeps no order. */
    void row(String line) {
        take(null, line);
    }

    /** Takes one line of a place, such as a partition, that is read in its order. */
    void row(String place, String line) {
        take(place, line);
    }

    private synchronized void take(@Nullable String ordered, String line) {
        String place = ordered == null ? destination : ordered;
        NumberedRow row;
        try {
            row = NumberedRow.named(line);
        } catch (IllegalArgumentException e) {
            isWrong("invented", place, line);
            return;
        }
        if (row.number() < 0 || row.number() >= NUMBERS_MAX) {
            isWrong("invented", place, line);
            return;
        }
        rows++;
        if (!line.equals(row.line())) {
            isWrong("altered", place, line + " instead of " + row.line());
        }
        BitSet numbers = seen.computeIfAbsent(row.producer(), producer -> new BitSet());
        int number = (int) row.number();
        if (numbers.get(number)) {
            isWrong("doubled", place, row.toString());
        }
        numbers.set(number);
        if (ordered == null) {
            return;
        }
        Long before = reached.put(place + "/" + row.lane() + "/" + row.producer(), row.number());
        if (before != null && before >= row.number()) {
            isWrong("out of order", place, row + " after number " + before);
        }
    }

    /** Throws unless every row that was made arrived once, as it was made, and nothing else did. */
    synchronized void expectExactly(Map<Integer, Long> made) {
        made.forEach((producer, count) -> {
            BitSet numbers = seen.getOrDefault(producer, new BitSet());
            int missing = numbers.nextClearBit(0);
            if (missing < count) {
                isWrong(
                        "missing",
                        destination,
                        (count - numbers.get(0, Math.toIntExact(count)).cardinality()) + " rows of producer " + producer
                                + ", the first number " + missing);
            }
            if (numbers.length() > count) {
                isWrong("invented", destination, "number " + (numbers.length() - 1) + " of producer " + producer);
            }
        });
        BrokenPromise.unless(wrongs == 0, "%s has %d wrongs: %s", destination, wrongs, wrong);
    }

    synchronized long rows() {
        return rows;
    }

    private void isWrong(String how, String place, String what) {
        wrongs++;
        if (wrong.size() < EXAMPLES) {
            wrong.add(how + " in " + place + ": " + what);
        }
    }
}
