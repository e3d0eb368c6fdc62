// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which rows one sink keeps as dead letters, and what became of those that it kept.
 *
 * <p>One thread changes it, any may read.
 */
final class LetterBook {
    private static final Track NOBODY = Track.main(Partition.all("nobody"));

    private final NavigableMap<Long, Filed> byId = new ConcurrentSkipListMap<>();
    private final Map<Partition, NavigableSet<Filed>> byPartition = new ConcurrentHashMap<>();
    private final Map<String, Closed> closed = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Long> rubbish = new ConcurrentLinkedQueue<>();
    private final AtomicLong last = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    /** A letter and the track on which it was refused. */
    record Filed(Track track, Letter letter) implements Comparable<Filed> {
        private static final Comparator<Filed> ORDER = Comparator.comparing(
                        (Filed filed) -> filed.letter().order())
                .thenComparingLong(filed -> filed.letter().number())
                .thenComparingLong(filed -> filed.letter().id());

        @Override
        public int compareTo(Filed other) {
            return ORDER.compare(this, other);
        }
    }

    /** Letters of one dataset that were parked on the main stream and are no more: they arrived, or were given up. */
    record Closed(long delivered, long dropped) {
        static final Closed NONE = new Closed(0, 0);
    }

    /** Letters by their ids, both ends included. */
    record Ids(long first, long last) {
        boolean has(long id) {
            return first <= id && id <= last;
        }

        /** The fewest that say these, which ascend. */
        static List<Ids> of(List<Long> ascending) {
            List<Ids> all = new ArrayList<>();
            for (long id : ascending) {
                if (!all.isEmpty() && all.getLast().last() + 1 == id) {
                    all.set(all.size() - 1, new Ids(all.getLast().first(), id));
                } else {
                    all.add(new Ids(id, id));
                }
            }
            return all;
        }
    }

    void file(Track track, Letter letter) {
        Filed filed = new Filed(track, letter);
        remove(letter.id());
        byId.put(letter.id(), filed);
        byPartition
                .computeIfAbsent(track.partition(), partition -> new ConcurrentSkipListSet<>())
                .add(filed);
        bytes.addAndGet(letter.bytes());
        last.accumulateAndGet(letter.id(), Math::max);
    }

    /** A letter that was parked again keeps the track on which it was parked first. */
    void refile(Letter letter) {
        Filed known = byId.get(letter.id());
        if (known != null) {
            file(known.track(), letter);
        }
    }

    /** The destination has got rows of a partition that were among those that a replay sends. */
    void deliver(Replay replay, Partition partition, Range range) {
        of(replay, partition, range).forEach(filed -> remove(filed, new Closed(1, 0)));
    }

    void drop(List<Long> ids) {
        for (long id : ids) {
            Filed filed = byId.get(id);
            if (filed != null) {
                remove(filed, new Closed(0, 1));
            }
        }
    }

    /** Their rows are to be delivered as all others are. */
    void release(List<Long> ids) {
        ids.forEach(this::discard);
    }

    void forget(String dataset) {
        byId.values().stream()
                .filter(filed -> filed.track().partition().dataset().equals(dataset))
                .map(filed -> filed.letter().id())
                .toList()
                .forEach(this::discard);
        closed.remove(dataset);
    }

    private void remove(Filed filed, Closed how) {
        discard(filed.letter().id());
        if (filed.track().isMain()) {
            closed.merge(
                    filed.track().partition().dataset(),
                    how,
                    (one, other) -> new Closed(one.delivered() + other.delivered(), one.dropped() + other.dropped()));
        }
    }

    private void discard(long id) {
        if (remove(id)) {
            rubbish.add(id);
        }
    }

    private boolean remove(long id) {
        Filed filed = byId.remove(id);
        if (filed == null) {
            return false;
        }
        bytes.addAndGet(-filed.letter().bytes());
        NavigableSet<Filed> others = byPartition.get(filed.track().partition());
        if (others != null) {
            others.remove(filed);
        }
        return true;
    }

    /** What a journal that is written anew remembers of those that are gone. */
    void restore(long lastId, Map<String, Closed> counts) {
        last.accumulateAndGet(lastId, Math::max);
        closed.putAll(counts);
    }

    /** The highest id that was ever given. */
    long last() {
        return last.get();
    }

    int count() {
        return byId.size();
    }

    long bytes() {
        return bytes.get();
    }

    Map<String, Closed> closed() {
        return Map.copyOf(closed);
    }

    Optional<Filed> letter(long id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** In the order of their ids, those after one. */
    List<Filed> after(long id, int limit) {
        return byId.tailMap(id, false).values().stream().limit(limit).toList();
    }

    /** The letter of one row of a track. */
    Optional<Letter> letter(Track track, Range.Order order, long number) {
        return in(track.partition(), new Range(order, number - 1, number)).stream()
                .filter(filed -> filed.track().equals(track))
                .map(Filed::letter)
                .findFirst();
    }

    /** The letters of a track, in the order of the rows. */
    List<Letter> of(Track track) {
        return in(track.partition()).stream()
                .filter(filed -> filed.track().equals(track))
                .map(Filed::letter)
                .toList();
    }

    /** What a replay still has to send of a partition, in the order of the rows. */
    List<Filed> of(Replay replay, Partition partition) {
        return in(partition).stream()
                .filter(filed -> replay.sends(filed.letter().id()))
                .toList();
    }

    /** Those of them that come after a position. */
    List<Filed> of(Replay replay, Partition partition, Position noted) {
        return of(replay, partition).stream()
                .filter(filed ->
                        filed.letter().number() > filed.letter().order().partOf(noted))
                .toList();
    }

    /** What a replay still has to send of a partition in a range, in the order of the rows. */
    List<Filed> of(Replay replay, Partition partition, Range range) {
        return in(partition, range).stream()
                .filter(filed -> replay.sends(filed.letter().id()))
                .toList();
    }

    /** Those of one range, without a look at the others. */
    private NavigableSet<Filed> in(Partition partition, Range range) {
        return in(partition)
                .subSet(after(range.order(), range.since()), false, after(range.order(), range.through()), false);
    }

    /** What comes after every letter of a row, and before those of the next. */
    private static Filed after(Range.Order order, long number) {
        return new Filed(NOBODY, new Letter(Long.MAX_VALUE, order, number, 0));
    }

    private NavigableSet<Filed> in(Partition partition) {
        return byPartition.getOrDefault(partition, new ConcurrentSkipListSet<>());
    }

    /** By track, for a journal that is written anew. */
    Map<Track, List<Letter>> byTrack() {
        Map<Track, List<Letter>> all = new HashMap<>();
        byId.values()
                .forEach(filed -> all.computeIfAbsent(filed.track(), track -> new ArrayList<>())
                        .add(filed.letter()));
        return all;
    }

    /** The next of those whose files nobody needs any more; empty when there is none. */
    Optional<Long> nextRubbish() {
        return Optional.ofNullable(rubbish.poll());
    }
}
