// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON body of one journal record; a field that version 1 did not have may be absent.
 *
 * <p>{@code stream} absent is {@code main}, {@code order} absent is by sequence.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = JournalLine.Pass.class, name = "pass"),
    @JsonSubTypes.Type(value = JournalLine.Promise.class, name = "intent"),
    @JsonSubTypes.Type(value = JournalLine.Split.class, name = "split"),
    @JsonSubTypes.Type(value = JournalLine.Note.class, name = "note"),
    @JsonSubTypes.Type(value = JournalLine.Park.class, name = "park"),
    @JsonSubTypes.Type(value = JournalLine.Found.class, name = "found"),
    @JsonSubTypes.Type(value = JournalLine.Mark.class, name = "mark"),
    @JsonSubTypes.Type(value = JournalLine.Stand.class, name = "standing"),
    @JsonSubTypes.Type(value = JournalLine.Move.class, name = "move"),
    @JsonSubTypes.Type(value = JournalLine.Begin.class, name = "begin"),
    @JsonSubTypes.Type(value = JournalLine.End.class, name = "end"),
    @JsonSubTypes.Type(value = JournalLine.Keep.class, name = "letters"),
    @JsonSubTypes.Type(value = JournalLine.Close.class, name = "closed-letters"),
    @JsonSubTypes.Type(value = JournalLine.Drop.class, name = "drop"),
    @JsonSubTypes.Type(value = JournalLine.Miss.class, name = "missed"),
    @JsonSubTypes.Type(value = JournalLine.Reckon.class, name = "reckoned"),
    @JsonSubTypes.Type(value = JournalLine.Claim.class, name = "claim"),
    @JsonSubTypes.Type(value = JournalLine.Halt.class, name = "halt"),
    @JsonSubTypes.Type(value = JournalLine.Resume.class, name = "resume"),
    @JsonSubTypes.Type(value = JournalLine.Pause.class, name = "pause"),
    @JsonSubTypes.Type(value = JournalLine.Unpause.class, name = "unpause"),
    @JsonSubTypes.Type(value = JournalLine.Forget.class, name = "forget"),
    @JsonSubTypes.Type(value = JournalLine.Success.class, name = "success")
})
sealed interface JournalLine {
    /**
     * The record that this is the body of.
     *
     * @throws RuntimeException when it is the body of none
     */
    JournalRecord toRecord();

    record Pass(@Nullable String stream, String dataset, String partition, Range range) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Passing(track(stream, dataset, partition), range);
        }
    }

    record Promise(
            String id,
            @Nullable String stream,
            String dataset,
            String partition,
            int generation,
            Range.@Nullable Order order,
            long since,
            long through,
            String destination,
            String object,
            String encoder,
            long rows,
            String digest,
            String at)
            implements JournalLine {
        static Promise of(Intent intent) {
            Range range = intent.range();
            return new Promise(
                    intent.id(),
                    intent.track().stream(),
                    intent.partition().dataset(),
                    intent.partition().name(),
                    intent.generation(),
                    range.isLegacy() ? range.order() : null,
                    range.since(),
                    range.through(),
                    intent.destination(),
                    intent.name(),
                    intent.encoder(),
                    intent.rows(),
                    intent.digest(),
                    intent.at().toString());
        }

        Intent intent() {
            return new Intent(
                    id,
                    track(stream, dataset, partition),
                    generation,
                    new Range(order == null ? Range.Order.SEQUENCE : order, since, through),
                    destination,
                    object,
                    encoder,
                    rows,
                    digest,
                    Instant.parse(at));
        }

        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Promised(intent());
        }
    }

    record Split(String id, List<Promise> halves) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Split(
                    id, halves.getFirst().intent(), halves.getLast().intent());
        }
    }

    record Note(String id, @Nullable String stream, String dataset, String partition, long bytes, String at)
            implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Noted(id, track(stream, dataset, partition), bytes, Instant.parse(at));
        }
    }

    record Park(String id, @Nullable String stream, String dataset, String partition, Letter letter, String at)
            implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Parked(id, track(stream, dataset, partition), letter, Instant.parse(at));
        }
    }

    record Found(@Nullable String stream, String dataset, String partition, Range range, long rows, String at)
            implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Found(track(stream, dataset, partition), range, rows, Instant.parse(at));
        }
    }

    record Mark(
            @Nullable String stream,
            String dataset,
            String partition,
            int generation,
            long legacy,
            long sequence,
            long rows,
            long bytes,
            String at)
            implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Marked(
                    track(stream, dataset, partition),
                    new Watermark(generation, new Position(legacy, sequence)),
                    rows,
                    bytes,
                    Instant.parse(at));
        }
    }

    record Stand(
            @Nullable String stream,
            String dataset,
            String partition,
            int generation,
            Position mark,
            Position noted,
            Position acknowledged,
            Position reached,
            @Nullable Range pass,
            Counts counts,
            List<Range> skips)
            implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            Standing standing = new Standing(
                    new Watermark(generation, mark), noted, acknowledged, reached, pass, List.of(), counts, skips);
            return new JournalRecord.Stood(track(stream, dataset, partition), standing);
        }
    }

    record Move(
            @Nullable String stream,
            String dataset,
            String partition,
            int generation,
            Position mark,
            Counts counts,
            List<Range> skips,
            @Nullable List<Long> released,
            String at)
            implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Moved(
                    track(stream, dataset, partition),
                    new Watermark(generation, mark),
                    counts,
                    skips,
                    released == null ? List.of() : released,
                    Instant.parse(at));
        }
    }

    record Begin(Replay replay) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Began(replay);
        }
    }

    record End(String stream) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Ended(stream);
        }
    }

    record Keep(@Nullable String stream, String dataset, String partition, List<Letter> letters)
            implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Kept(track(stream, dataset, partition), letters);
        }
    }

    record Close(long last, Map<String, LetterBook.Closed> datasets) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Closed(last, datasets);
        }
    }

    record Drop(List<Long> letters) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Dropped(letters);
        }
    }

    record Miss(@Nullable String stream, String dataset, String partition, long rows) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Missed(track(stream, dataset, partition), rows);
        }
    }

    record Reckon(List<String> damages) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Reckoned(damages);
        }
    }

    record Claim(long number, String life) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Claimed(number, life);
        }
    }

    record Halt(String error, String why, String at) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Halted(new SinkError(Instant.parse(at), error, why, null));
        }
    }

    record Resume(String at) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Resumed(Instant.parse(at));
        }
    }

    record Pause(String at) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Paused(Instant.parse(at));
        }
    }

    record Unpause(String at) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Unpaused(Instant.parse(at));
        }
    }

    record Forget(String dataset) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Forgotten(dataset);
        }
    }

    record Success(String at) implements JournalLine {
        @Override
        public JournalRecord toRecord() {
            return new JournalRecord.Succeeded(Instant.parse(at));
        }
    }

    static JournalLine of(JournalRecord record) {
        return switch (record) {
            case JournalRecord.Passing(Track track, Range range) ->
                new Pass(
                        track.stream(),
                        track.partition().dataset(),
                        track.partition().name(),
                        range);
            case JournalRecord.Promised(Intent intent) -> Promise.of(intent);
            case JournalRecord.Split(String id, Intent left, Intent right) ->
                new Split(id, List.of(Promise.of(left), Promise.of(right)));
            case JournalRecord.Noted(String id, Track track, long bytes, Instant at) ->
                new Note(
                        id,
                        track.stream(),
                        track.partition().dataset(),
                        track.partition().name(),
                        bytes,
                        at.toString());
            case JournalRecord.Parked(String id, Track track, Letter letter, Instant at) ->
                new Park(
                        id,
                        track.stream(),
                        track.partition().dataset(),
                        track.partition().name(),
                        letter,
                        at.toString());
            case JournalRecord.Found(Track track, Range range, long rows, Instant at) ->
                new Found(
                        track.stream(),
                        track.partition().dataset(),
                        track.partition().name(),
                        range,
                        rows,
                        at.toString());
            case JournalRecord.Marked(Track track, Watermark mark, long rows, long bytes, Instant at) ->
                new Mark(
                        track.stream(),
                        track.partition().dataset(),
                        track.partition().name(),
                        mark.generation(),
                        mark.position().legacy(),
                        mark.position().sequence(),
                        rows,
                        bytes,
                        at.toString());
            case JournalRecord.Stood(Track track, Standing standing) ->
                new Stand(
                        track.stream(),
                        track.partition().dataset(),
                        track.partition().name(),
                        standing.mark().generation(),
                        standing.mark().position(),
                        standing.noted(),
                        standing.acknowledged(),
                        standing.reached(),
                        standing.pass(),
                        standing.counts(),
                        standing.skips());
            case JournalRecord.Moved(
                    Track track,
                    Watermark mark,
                    Counts counts,
                    List<Range> skips,
                    List<Long> released,
                    Instant at) ->
                new Move(
                        track.stream(),
                        track.partition().dataset(),
                        track.partition().name(),
                        mark.generation(),
                        mark.position(),
                        counts,
                        skips,
                        released.isEmpty() ? null : released,
                        at.toString());
            case JournalRecord.Began(Replay replay) -> new Begin(replay);
            case JournalRecord.Ended(String stream) -> new End(stream);
            case JournalRecord.Kept(Track track, List<Letter> letters) ->
                new Keep(
                        track.stream(),
                        track.partition().dataset(),
                        track.partition().name(),
                        letters);
            case JournalRecord.Closed(long last, Map<String, LetterBook.Closed> datasets) -> new Close(last, datasets);
            case JournalRecord.Dropped(List<Long> letters) -> new Drop(letters);
            case JournalRecord.Missed(Track track, long rows) ->
                new Miss(
                        track.stream(),
                        track.partition().dataset(),
                        track.partition().name(),
                        rows);
            case JournalRecord.Reckoned(List<String> damages) -> new Reckon(damages);
            case JournalRecord.Claimed(long number, String life) -> new Claim(number, life);
            case JournalRecord.Halted(SinkError error) ->
                new Halt(error.kind(), error.message(), error.at().toString());
            case JournalRecord.Resumed(Instant at) -> new Resume(at.toString());
            case JournalRecord.Paused(Instant at) -> new Pause(at.toString());
            case JournalRecord.Unpaused(Instant at) -> new Unpause(at.toString());
            case JournalRecord.Forgotten(String dataset) -> new Forget(dataset);
            case JournalRecord.Succeeded(Instant at) -> new Success(at.toString());
        };
    }

    private static Track track(@Nullable String stream, String dataset, String partition) {
        return new Track(stream == null ? Track.MAIN : stream, new Partition(dataset, partition));
    }
}
