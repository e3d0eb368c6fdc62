// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/** Carries out a {@link RewindOrder} on one sink that delivers nothing meanwhile. */
final class Rewinder {
    private static final int BATCH_ROWS = 8192;
    /** So many dead letters go in one replay, which is one record of the journal. */
    private static final int LETTERS_MAX = 20_000;

    private static final Position NOWHERE = new Position(Long.MAX_VALUE, Long.MAX_VALUE);

    private final SinkSettings settings;
    private final Sink sink;
    private final SinkJournal journal;
    private final SinkRegister register;
    private final RowSource rows;
    private final Backlog backlog;
    private final Shipping shipping;
    private final DeadLetters letters;
    private final InstantSource clock;

    Rewinder(
            SinkSettings settings,
            Sink sink,
            SinkJournal journal,
            SinkRegister register,
            RowSource rows,
            Backlog backlog,
            Shipping shipping,
            DeadLetters letters,
            InstantSource clock) {
        this.settings = settings;
        this.sink = sink;
        this.journal = journal;
        this.register = register;
        this.rows = rows;
        this.backlog = backlog;
        this.shipping = shipping;
        this.letters = letters;
        this.clock = clock;
    }

    RewindOrder.Done rewind(RewindOrder order) throws IOException, SinkVerbException {
        if (sink.rewinding() == Sink.Rewinding.REFUSED) {
            throw bad(
                    "an " + sink.type() + " sink does not send a row twice, with or without again: its table would have"
                            + " it twice; move the table away, and it is filled anew");
        }
        requirePartition(order);
        return switch (order.course()) {
            case MAIN -> move(order);
            case AGAIN -> replay(order);
        };
    }

    /** A partition that is not there has no mark to move and no row to send, and nobody would hear of the slip. */
    private void requirePartition(RewindOrder order) throws IOException, SinkVerbException {
        boolean isThere = order.partition() == null;
        for (String dataset : datasets(order)) {
            isThere |= backlog.heads(dataset).stream().anyMatch(head -> takes(order, head.partition()));
        }
        if (!isThere) {
            throw bad("the sink has no partition " + order.partition()
                    + ": it is named as `tidemark status --all --json` writes it");
        }
    }

    private RewindOrder.Done move(RewindOrder order) throws IOException, SinkVerbException {
        if (order.until() != null) {
            throw bad("until goes with again only: a watermark has no end");
        }
        Instant now = clock.instant();
        List<JournalRecord> moves = new ArrayList<>();
        Position lowest = NOWHERE;
        for (String dataset : datasets(order)) {
            Sequence wanted = resolve(order.to(), dataset);
            for (Head head : backlog.heads(dataset)) {
                if (!takes(order, head.partition())) {
                    continue;
                }
                Track track = Track.main(head.partition());
                Position born = backlog.born(head.partition()).mark().position();
                Standing standing = backlog.standing(head.partition());
                long legacy = switch (order.to()) {
                    case Start.Earliest earliest -> born.legacy();
                    case Start.Latest latest ->
                        Math.max(
                                standing.noted().legacy(),
                                backlog.legacy(dataset).head());
                    // They have no place among sequences, so none is skipped and none sent again.
                    case Start.After after -> standing.noted().legacy();
                    case Start.At at -> standing.noted().legacy();
                };
                Position to = new Position(legacy, Math.max(born.sequence(), wanted.value()));
                requireNoLetters(track, to);
                moves.add(shipping.rewind(track, standing).to(to, now));
                lowest = lower(lowest, to);
            }
        }
        for (String dataset : datasets(order)) {
            backlog.bear(dataset);
        }
        // durable: I7 sink.rewind.append
        journal.append(moves);
        Position from = lowest.equals(NOWHERE) ? Position.START : lowest;
        return new RewindOrder.Done(Track.MAIN, from.legacy(), from.sequence(), means());
    }

    /** A receiver takes what lies before its position for something that it has, and what it refused it has not. */
    private void requireNoLetters(Track track, Position to) throws SinkVerbException {
        boolean isOver = journal.ledger().letters().of(track).stream()
                .anyMatch(letter -> letter.number() > letter.order().partOf(to));
        if (sink.rewinding() == Sink.Rewinding.DEDUPED && isOver) {
            throw bad("dead letters of " + track + " lie after " + to + ", and the receiver would take them for"
                    + " rows that it has: tidemark dead-letter replay or drop " + settings.name() + " first");
        }
    }

    /** Moves every mark of a dataset that is below a sequence up to it; how many rows that passes over. */
    long passOver(String dataset, Sequence through) throws IOException {
        List<JournalRecord> moves = new ArrayList<>();
        long passed = 0;
        for (Head head : backlog.heads(dataset)) {
            Track track = Track.main(head.partition());
            Standing standing = backlog.standing(head.partition());
            long end = Math.min(through.value(), head.last().value());
            if (standing.noted().sequence() < end) {
                Rewind rewind = shipping.rewind(track, standing);
                JournalRecord.Moved moved =
                        rewind.to(new Position(standing.noted().legacy(), end), clock.instant());
                passed += moved.counts().removed() - standing.counts().removed();
                moves.add(moved);
            }
        }
        if (!moves.isEmpty()) {
            backlog.bear(dataset);
            // durable: I11,I16 sink.passover.append
            journal.append(moves);
        }
        return passed;
    }

    private static Position lower(Position one, Position other) {
        return new Position(Math.min(one.legacy(), other.legacy()), Math.min(one.sequence(), other.sequence()));
    }

    private RewindOrder.Done replay(RewindOrder order) throws IOException, SinkVerbException {
        List<Replay.Leg> legs = new ArrayList<>();
        Position lowest = NOWHERE;
        for (String dataset : datasets(order)) {
            long legacyHead = backlog.legacy(dataset).head();
            boolean isFromStart = order.to() instanceof Start.Earliest;
            Position from = new Position(
                    isFromStart ? backlog.birth(dataset).legacy() : legacyHead,
                    resolve(order.to(), dataset).value());
            Start until = order.until();
            long end = until == null
                    ? rows.head().value()
                    : resolve(until, dataset).value();
            if (end > from.sequence() || legacyHead > from.legacy()) {
                Position last = new Position(legacyHead, Math.max(end, from.sequence()));
                legs.add(new Replay.Leg(dataset, order.partition(), from, last));
                lowest = lower(lowest, from);
            }
        }
        if (legs.isEmpty()) {
            throw bad("there are no rows between to and until");
        }
        String stream = begin(legs, List.of());
        return new RewindOrder.Done(
                stream, lowest.legacy(), lowest.sequence(), "delivered once more, beside " + Track.MAIN);
    }

    /** Begins a stream that sends dead letters: these, or all, but for those that another stream sends or that cannot be read; how many, and which stream. */
    Replayed replay(List<Long> ids) throws IOException, SinkVerbException {
        if (sink.rewinding() == Sink.Rewinding.REFUSED) {
            throw bad("an " + sink.type() + " sink does not send a dead letter again: its table knows one position of"
                    + " this sink, and what lies before that counts as delivered; dead-letter show has the values to"
                    + " put it there by hand, and dead-letter drop ends it");
        }
        List<Long> chosen = new ArrayList<>();
        Map<Partition, Position> from = new TreeMap<>();
        Map<Partition, Position> until = new TreeMap<>();
        for (LetterBook.Filed filed : asked(ids)) {
            long number = filed.letter().number();
            boolean isLegacy = filed.letter().order() == Range.Order.LEGACY;
            Partition partition = filed.track().partition();
            chosen.add(filed.letter().id());
            from.merge(
                    partition,
                    new Position(isLegacy ? number - 1 : Long.MAX_VALUE, isLegacy ? Long.MAX_VALUE : number - 1),
                    Rewinder::lower);
            until.merge(partition, new Position(isLegacy ? number : 0, isLegacy ? 0 : number), Rewinder::higher);
        }
        if (chosen.isEmpty()) {
            return new Replayed("", 0);
        }
        List<Replay.Leg> legs = new ArrayList<>();
        until.forEach((partition, last) -> legs.add(new Replay.Leg(
                partition.dataset(), partition.name(), lower(last, from.getOrDefault(partition, last)), last)));
        return new Replayed(
                begin(legs, LetterBook.Ids.of(chosen.stream().sorted().toList())), chosen.size());
    }

    private List<LetterBook.Filed> asked(List<Long> ids) throws SinkVerbException {
        LetterBook book = journal.ledger().letters();
        List<Replay> replays = journal.ledger().replays();
        List<LetterBook.Filed> free = new ArrayList<>();
        if (ids.isEmpty()) {
            free.addAll(book.after(0, Integer.MAX_VALUE));
        }
        for (long id : new TreeSet<>(ids)) {
            free.add(book.letter(id)
                    .orElseThrow(() -> new SinkVerbException(
                            SinkVerbException.Kind.NOT_FOUND, settings.name() + " has no dead letter " + id)));
        }
        free.removeIf(filed ->
                replays.stream().anyMatch(replay -> replay.sends(filed.letter().id())));
        List<LetterBook.Filed> some = new ArrayList<>();
        for (LetterBook.Filed filed : free) {
            if (some.size() < LETTERS_MAX && letters.isReadable(filed)) {
                some.add(filed);
            }
        }
        return some;
    }

    private static Position higher(Position one, Position other) {
        return new Position(Math.max(one.legacy(), other.legacy()), Math.max(one.sequence(), other.sequence()));
    }

    private String begin(List<Replay.Leg> legs, List<LetterBook.Ids> sent) throws IOException {
        Registration known = register.registration(settings.name()).orElseThrow();
        // The number is used up first: a stream's name never means two replays.
        register.put(known.replayed());
        String stream = Track.replay(known.streams() + 1);
        // durable: I9 sink.replay.append
        journal.append(List.of(new JournalRecord.Began(new Replay(stream, legs, sent))));
        return stream;
    }

    private String means() {
        return switch (sink.rewinding()) {
            case DEDUPED -> "the receiver stores only what it lacks";
            case GAPS -> "only ranges are sent that no object of this sink covers";
            case REPEATED -> "the endpoint gets everything after it again";
            case REFUSED -> "nothing";
        };
    }

    private List<String> datasets(RewindOrder order) throws SinkVerbException {
        TreeSet<String> taken = new TreeSet<>();
        rows.datasets().stream().filter(settings::takes).forEach(taken::add);
        String only = order.dataset();
        if (only == null) {
            return List.copyOf(taken);
        }
        if (!taken.contains(only)) {
            throw bad("the sink takes no dataset " + only);
        }
        return List.of(only);
    }

    private static boolean takes(RewindOrder order, Partition partition) {
        return order.partition() == null || Objects.equals(order.partition(), partition.name());
    }

    private Sequence resolve(Start start, String dataset) throws IOException, SinkVerbException {
        return switch (start) {
            case Start.Earliest earliest -> new Sequence(backlog.birth(dataset).sequence());
            case Start.Latest latest -> rows.head();
            case Start.After(Sequence sequence) -> {
                if (sequence.isAfter(rows.head())) {
                    throw bad("seq:" + sequence + " is above the newest row, which has sequence " + rows.head());
                }
                yield sequence;
            }
            case Start.At(Instant time) -> before(time, dataset, rows);
        };
    }

    /** The last row of the dataset before the first one that came at a time or later. */
    static Sequence before(Instant time, String dataset, RowSource rows) throws IOException {
        long micros = Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1000);
        Sequence last = Sequence.NONE;
        try (RowStream stream = rows.readAll(dataset, Sequence.NONE, rows.head(), BATCH_ROWS)) {
            while (true) {
                try (RowBatch batch = stream.next()) {
                    if (batch == null) {
                        return last;
                    }
                    for (int row = 0; row < batch.rows(); row++) {
                        if (batch.ingestTimeMicros(row) >= micros) {
                            return last;
                        }
                        last = batch.sequence(row);
                    }
                }
            }
        }
    }

    private static SinkVerbException bad(String message) {
        return new SinkVerbException(SinkVerbException.Kind.BAD, message);
    }
}
