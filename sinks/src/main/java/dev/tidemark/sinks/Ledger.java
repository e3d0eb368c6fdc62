// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Position;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the durable records of one journal add up to.
 *
 * <p>One thread applies records, any may read: each answer is one record's state or the next one's, never between.
 */
final class Ledger {
    private static final int KEPT_IN_ONE_RECORD = 4000;

    private final Map<Track, Standing> standings = new ConcurrentHashMap<>();
    private final Map<String, Replay> replays = new ConcurrentHashMap<>();
    private final LetterBook letters = new LetterBook();
    private final Set<String> reckoned = ConcurrentHashMap.newKeySet();
    private volatile long claims;
    private volatile @Nullable String claimant;
    private volatile @Nullable SinkError halt;
    private volatile @Nullable Instant pausedAt;
    private volatile @Nullable Instant lastSuccess;

    /**
     * Adds one record.
     *
     * @throws IllegalArgumentException when it contradicts those before it
     */
    void apply(JournalRecord record) {
        Track track = trackOf(record);
        if (track != null) {
            Standing before = standings.get(track);
            standings.put(track, after(record, before));
            if (record instanceof JournalRecord.Noted && before != null) {
                arrived(track, before.next());
            }
        }
        switch (record) {
            case JournalRecord.Noted noted -> lastSuccess = noted.at();
            case JournalRecord.Marked marked when marked.rows() > 0 -> lastSuccess = marked.at();
            case JournalRecord.Began(Replay replay) -> replays.put(replay.stream(), replay);
            case JournalRecord.Ended(String stream) -> {
                replays.remove(stream);
                standings.keySet().removeIf(one -> one.stream().equals(stream));
            }
            case JournalRecord.Claimed(long number, String life) -> {
                claims = number;
                claimant = life;
            }
            case JournalRecord.Halted(SinkError error) -> halt = error;
            case JournalRecord.Resumed resumed -> halt = null;
            case JournalRecord.Paused(Instant at) -> pausedAt = at;
            case JournalRecord.Unpaused unpaused -> pausedAt = null;
            case JournalRecord.Forgotten(String dataset) -> {
                standings.keySet().removeIf(one -> one.partition().dataset().equals(dataset));
                letters.forget(dataset);
                replays.replaceAll((stream, replay) -> replay.without(dataset));
                replays.values().removeIf(replay -> replay.legs().isEmpty());
            }
            case JournalRecord.Reckoned(List<String> damages) -> reckoned.addAll(damages);
            case JournalRecord.Parked parked -> park(parked);
            case JournalRecord.Moved moved -> letters.release(moved.released());
            case JournalRecord.Dropped(List<Long> ids) -> letters.drop(ids);
            case JournalRecord.Kept(Track of, List<Letter> kept) -> kept.forEach(letter -> letters.file(of, letter));
            case JournalRecord.Closed(long last, Map<String, LetterBook.Closed> datasets) ->
                letters.restore(last, datasets);
            case JournalRecord.Succeeded(Instant at) -> lastSuccess = at;
            default -> {}
        }
    }

    /** What a replay of dead letters sent is kept no more. */
    private void arrived(Track track, @Nullable Intent intent) {
        Replay replay = replays.get(track.stream());
        if (replay != null && replay.isOfLetters() && intent != null) {
            letters.deliver(replay, track.partition(), intent.range());
        }
    }

    private void park(JournalRecord.Parked parked) {
        Replay replay = replays.get(parked.track().stream());
        if (replay != null && replay.isOfLetters()) {
            letters.refile(parked.letter());
        } else {
            letters.file(parked.track(), parked.letter());
        }
    }

    LetterBook letters() {
        return letters;
    }

    /** The track that a record speaks of; null when it speaks of the whole sink. */
    static @Nullable Track trackOf(JournalRecord record) {
        return switch (record) {
            case JournalRecord.Passing passing -> passing.track();
            case JournalRecord.Promised(Intent intent) -> intent.track();
            case JournalRecord.Split split -> split.left().track();
            case JournalRecord.Noted noted -> noted.track();
            case JournalRecord.Parked parked -> parked.track();
            case JournalRecord.Found found -> found.track();
            case JournalRecord.Marked marked -> marked.track();
            case JournalRecord.Stood stood -> stood.track();
            case JournalRecord.Moved moved -> moved.track();
            case JournalRecord.Missed missed -> missed.track();
            default -> null;
        };
    }

    /**
     * How a track stands after a record of it.
     *
     * @param before null when nothing was said of it yet
     */
    static Standing after(JournalRecord record, @Nullable Standing before) {
        return switch (record) {
            case JournalRecord.Passing(Track track, Range range) ->
                require(track, before).beginning(range);
            case JournalRecord.Promised(Intent intent) -> {
                // Version 1 did not say where a track begins.
                Standing standing = before != null
                        ? before
                        : Standing.at(new Watermark(
                                intent.generation(),
                                new Position(0, intent.range().since())));
                yield standing.promising(intent);
            }
            case JournalRecord.Split(String id, Intent left, Intent right) ->
                require(left.track(), before).splitting(id, left, right);
            case JournalRecord.Noted(String id, Track track, long bytes, Instant at) ->
                require(track, before).noting(id, bytes);
            case JournalRecord.Parked(String id, Track track, Letter letter, Instant at) ->
                require(track, before).parking(id);
            case JournalRecord.Found(Track track, Range range, long rows, Instant at) ->
                require(track, before).finding(range, rows);
            case JournalRecord.Marked marked -> marking(marked, before);
            case JournalRecord.Stood(Track track, Standing standing) -> standing;
            case JournalRecord.Missed(Track track, long rows) -> {
                Standing standing = require(track, before);
                yield standing.counting(standing.counts().removing(rows));
            }
            case JournalRecord.Moved moved ->
                (before == null ? Standing.at(moved.mark()) : before)
                        .moving(moved.mark(), moved.counts(), moved.skips());
            default -> throw new IllegalArgumentException("speaks of no track: " + record);
        };
    }

    private static Standing marking(JournalRecord.Marked marked, @Nullable Standing before) {
        Standing standing = before == null ? Standing.at(marked.mark()) : before;
        Position from = standing.mark().position();
        Position to = marked.mark().position();
        if (from.legacy() > to.legacy() || from.sequence() > to.sequence()) {
            throw new IllegalArgumentException("a mark of " + marked.track() + " goes back");
        }
        Counts counts = standing.counts();
        return standing.marking(marked.mark())
                .counting(new Counts(marked.rows(), marked.bytes(), counts.deadLettered(), counts.removed()));
    }

    private static Standing require(Track track, @Nullable Standing standing) {
        if (standing == null) {
            throw new IllegalArgumentException("nothing was promised of " + track);
        }
        return standing;
    }

    /** Moves each mark that a crash left behind its notes. */
    void settle() {
        standings.replaceAll((track, standing) ->
                standing.isPassed() ? standing.marking(standing.mark().advanceTo(standing.noted())) : standing);
    }

    /** Whether what a loss of the cache took from this sink is counted. */
    boolean isReckoned(String damage) {
        return reckoned.contains(damage);
    }

    Optional<Standing> standing(Track track) {
        return Optional.ofNullable(standings.get(track));
    }

    /** Every track that the journal knows, at one moment. */
    Map<Track, Standing> standings() {
        return Map.copyOf(standings);
    }

    /** Every replay that has not ended, the oldest first. */
    List<Replay> replays() {
        return replays.values().stream()
                .sorted(Comparator.comparingInt(
                                (Replay replay) -> replay.stream().length())
                        .thenComparing(Replay::stream))
                .toList();
    }

    /** Every unit that was promised and not settled; those of one track in their order. */
    List<Intent> pending() {
        List<Intent> pending = new ArrayList<>();
        standings.values().forEach(standing -> pending.addAll(standing.pending()));
        return pending;
    }

    /** The number of the last claim, 0 before the first. */
    long claims() {
        return claims;
    }

    /** The life under which something last arrived, or that the destination was told last. */
    Optional<String> claimant() {
        return Optional.ofNullable(claimant);
    }

    Optional<SinkError> halt() {
        return Optional.ofNullable(halt);
    }

    boolean isPaused() {
        return pausedAt != null;
    }

    Optional<Instant> lastSuccess() {
        return Optional.ofNullable(lastSuccess);
    }

    boolean isEmpty() {
        return standings.isEmpty() && claims == 0 && letters.count() == 0;
    }

    /** The fewest records that add up to the same. */
    List<JournalRecord> condensed() {
        List<JournalRecord> records = new ArrayList<>();
        String life = claimant;
        if (life != null) {
            records.add(new JournalRecord.Claimed(claims, life));
        }
        replays().forEach(replay -> records.add(new JournalRecord.Began(replay)));
        letters.byTrack().forEach((track, all) -> {
            for (int from = 0; from < all.size(); from += KEPT_IN_ONE_RECORD) {
                int to = Math.min(all.size(), from + KEPT_IN_ONE_RECORD);
                records.add(new JournalRecord.Kept(track, all.subList(from, to)));
            }
        });
        if (letters.last() > 0) {
            records.add(new JournalRecord.Closed(letters.last(), letters.closed()));
        }
        standings.forEach((track, standing) -> {
            records.add(new JournalRecord.Stood(track, standing));
            standing.pending().forEach(intent -> records.add(new JournalRecord.Promised(intent)));
        });
        if (!reckoned.isEmpty()) {
            records.add(new JournalRecord.Reckoned(List.copyOf(reckoned)));
        }
        Instant success = lastSuccess;
        if (success != null) {
            records.add(new JournalRecord.Succeeded(success));
        }
        SinkError error = halt;
        if (error != null) {
            records.add(new JournalRecord.Halted(error));
        }
        Instant paused = pausedAt;
        if (paused != null) {
            records.add(new JournalRecord.Paused(paused));
        }
        return records;
    }
}
