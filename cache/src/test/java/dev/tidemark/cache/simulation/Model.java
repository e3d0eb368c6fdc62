// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a store has promised so far, over all its lives.
 *
 * <p>An append is <em>in doubt</em> from when it is sent until it is answered or until the next life shows whether it is
 * there; then it is <em>stored</em> at a place that never changes, or it never happened. Numbers that anybody was told are
 * remembered even when a restored copy has lost their rows.
 */
final class Model {
    /** Between these two ages nobody says whether a key is still known. */
    private static final Duration KEY_KNOWN = Duration.ofHours(23);

    private static final Duration KEY_FORGOTTEN = Duration.ofHours(25);

    /** By dataset, by first sequence. */
    private final Map<String, TreeMap<Long, Sent>> stored = new HashMap<>();

    private final Map<Sent, Doubt> doubted = new LinkedHashMap<>();
    private final Map<Key, Known> keys = new HashMap<>();
    private final Map<Inflow, Long> received = new HashMap<>();
    private final Set<String> datasets = new HashSet<>();
    private final Map<String, Departed> departed = new HashMap<>();
    private final Map<String, Adopted> adopted = new HashMap<>();
    private Told told = new Told();

    private record Key(String dataset, long key) {}

    /** Another cache's rows in a dataset here. */
    private record Inflow(String dataset, String origin) {}

    private record Known(Sent sent, Instant since) {}

    /** When an append was sent, and what had been told by then. */
    private record Doubt(Instant at, long above) {}

    /** What outlives even the copy that a store is restored from. */
    private static final class Told {
        private long nextValue = 1;
        private long highest;
        /** Ranges of numbers that were given in any life of any copy: the last of each by the first. */
        private final TreeMap<Long, Long> given = new TreeMap<>();

        private Instant latest = Instant.MIN;
    }

    /** What must be said of a key now. */
    enum Knowledge {
        KNOWN,
        UNKNOWN,
        EITHER
    }

    /** The same promises, to go on from when everything later is lost. */
    Model copy() {
        Model copy = new Model();
        stored.forEach((dataset, appends) -> copy.stored.put(dataset, new TreeMap<>(appends)));
        copy.doubted.putAll(doubted);
        copy.keys.putAll(keys);
        copy.received.putAll(received);
        copy.datasets.addAll(datasets);
        departed.forEach((dataset, gone) -> copy.departed.put(dataset, gone.copy()));
        adopted.forEach((dataset, files) -> copy.adopted.put(dataset, files.copy()));
        copy.told = told; // Shared: whoever was told a number still knows it.
        return copy;
    }

    Set<String> datasets() {
        return Set.copyOf(datasets);
    }

    /** The value of the first of so many rows that nobody has sent yet. */
    long freshValues(int rows) {
        long first = told.nextValue;
        told.nextValue += rows;
        return first;
    }

    /** A store runs at this time. */
    void runs(Instant now) {
        if (now.isAfter(told.latest)) {
            told.latest = now;
        }
    }

    /** The latest time at which any copy ran. */
    Instant latest() {
        return told.latest;
    }

    void sent(Sent sent, Instant now) {
        datasets.add(sent.dataset());
        doubted.putIfAbsent(sent, new Doubt(now, told.highest));
    }

    void answeredAppended(Sent sent, long first, long last) {
        assertEquals(sent.rows(), last - first + 1, () -> sent + " was answered " + first + " to " + last);
        settle(sent, first);
    }

    void answeredNothingStored(Sent sent) {
        doubted.remove(sent);
    }

    void answeredReplayed(Sent sent, long first, long last, int rows) {
        assertEquals(sent, appends(sent.dataset()).get(first), () -> sent + " was replayed at " + first);
        assertEquals(sent.rows(), last - first + 1);
        assertEquals(sent.rows(), rows);
        doubted.remove(sent);
    }

    /** What the store has to know of the key of this append, and whose it is. */
    Knowledge knowledge(Sent sent, Instant now) {
        Known known = sent.key() == 0 ? null : keys.get(new Key(sent.dataset(), sent.key()));
        if (known == null) {
            return Knowledge.UNKNOWN;
        }
        Duration age = Duration.between(known.since(), now).abs();
        if (age.compareTo(KEY_KNOWN) < 0) {
            return Knowledge.KNOWN;
        }
        return age.compareTo(KEY_FORGOTTEN) > 0 && !now.isBefore(known.since()) ? Knowledge.UNKNOWN : Knowledge.EITHER;
    }

    /** Through which of its sequences another cache's rows are here. */
    long received(String dataset, String origin) {
        return received.getOrDefault(new Inflow(dataset, origin), 0L);
    }

    @Nullable
    Sent holderOf(Sent sent) {
        Known known = keys.get(new Key(sent.dataset(), sent.key()));
        return known == null ? null : known.sent();
    }

    boolean isStored(Sent sent) {
        return appends(sent.dataset()).containsValue(sent);
    }

    private void settle(Sent sent, long first) {
        Doubt doubt = doubted.remove(sent);
        if (doubt == null) {
            throw new AssertionError("answered and not sent: " + sent);
        }
        long last = first + sent.rows() - 1;
        assertTrue(first > doubt.above(), () -> sent + " was given " + first + " after " + doubt.above());
        Map.Entry<Long, Long> below = told.given.floorEntry(last);
        assertTrue(
                below == null || below.getValue() < first,
                () -> sent + " was given " + first + " to " + last + ", and somebody had " + below);
        told.given.put(first, last);
        appends(sent.dataset()).put(first, sent);
        told.highest = Math.max(told.highest, last);
        if (sent.unit() != null) {
            received.put(
                    new Inflow(sent.dataset(), sent.unit().origin()),
                    sent.unit().through());
        }
        if (sent.key() != 0) {
            keys.put(new Key(sent.dataset(), sent.key()), new Known(sent, doubt.at()));
        }
    }

    /** The first look of a new life: whatever was in doubt is there now or never was; then everything must be right. */
    void look(String dataset, List<Row> rows) {
        Map<Long, Long> placeOf = new HashMap<>();
        for (Row row : rows) {
            placeOf.putIfAbsent(row.value(), row.sequence());
        }
        for (Sent sent : List.copyOf(doubted.keySet())) {
            if (sent.dataset().equals(dataset)) {
                Long first = placeOf.get(sent.value());
                if (first == null) {
                    doubted.remove(sent);
                } else {
                    settle(sent, first);
                }
            }
        }
        departed(dataset).settle(rows);
        expect(dataset, null, 0, Long.MAX_VALUE, rows);
    }

    /** What of a dataset is not there any more, and why. */
    Departed departed(String dataset) {
        return departed.computeIfAbsent(dataset, absent -> new Departed());
    }

    /** What a dataset has of other programs' files. */
    Adopted adopted(String dataset) {
        return adopted.computeIfAbsent(dataset, absent -> new Adopted());
    }

    /** The append that lies at this number, or null. */
    @Nullable
    Sent appendAt(long first) {
        return stored.values().stream()
                .flatMap(appends -> Stream.ofNullable(appends.get(first)))
                .findFirst()
                .orElse(null);
    }

    /** Holds the rows that were read of an interval {@code (since, through]} against what must be there. */
    void expect(String dataset, @Nullable String partition, long since, long through, List<Row> rows) {
        expect(dataset, partition, since, through, rows, departed(dataset).through());
    }

    /** The same for a view that was pinned when policy had removed the rows up to one. */
    void expect(
            String dataset, @Nullable String partition, long since, long through, List<Row> rows, long removedThrough) {
        List<Row> expected = rows(dataset, partition, Math.max(since, removedThrough), through).stream()
                .filter(row -> !departed(dataset).isLost(row.sequence()))
                .toList();
        if (expected.equals(rows)) {
            return;
        }
        Set<Row> missing = new HashSet<>(expected);
        rows.forEach(missing::remove);
        Set<Row> surplus = new HashSet<>(rows);
        expected.forEach(surplus::remove);
        throw new AssertionError(dataset + " " + partition + " (" + since + ", " + through + "]: " + rows.size()
                + " rows were read and " + expected.size() + " are there; missing " + shown(missing) + ", surplus "
                + shown(surplus) + (missing.isEmpty() && surplus.isEmpty() ? ", out of order or doubled" : ""));
    }

    private static String shown(Set<Row> rows) {
        return rows.size() + " "
                + rows.stream()
                        .sorted((a, b) -> Long.compare(a.sequence(), b.sequence()))
                        .limit(3)
                        .toList();
    }

    /** Rows that must be there now. */
    List<Row> present(String dataset) {
        Departed gone = departed(dataset);
        return everything(dataset).stream()
                .filter(row -> row.sequence() > gone.through() && !gone.isLost(row.sequence()))
                .toList();
    }

    /** Rows that ever were. */
    List<Row> everything(String dataset) {
        return rows(dataset, null, 0, Long.MAX_VALUE);
    }

    private List<Row> rows(String dataset, @Nullable String partition, long since, long through) {
        List<Row> rows = new ArrayList<>();
        appends(dataset).forEach((first, sent) -> {
            long last = first + sent.rows() - 1;
            for (long sequence = Math.max(first, since + 1); sequence <= Math.min(last, through); sequence++) {
                Row row = sent.row(first, (int) (sequence - first));
                if (partition == null || row.partition().equals(partition)) {
                    rows.add(row);
                }
            }
        });
        return rows;
    }

    /** The highest number that anybody was ever told. */
    long highest() {
        return told.highest;
    }

    private Map<Long, Sent> appends(String dataset) {
        return stored.computeIfAbsent(dataset, absent -> new TreeMap<>());
    }
}
