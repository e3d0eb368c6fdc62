// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.sinks.encoding.RowDigest;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The steps of delivery of one sink, in their only order: claim, promise, deliver, note and mark.
 *
 * <p>A unit that the destination will never take as a whole goes as two halves, recorded before they leave, down to the
 * one row that is parked. Not for use by two threads at once, except {@link #attempts}.
 */
final class Shipping {
    private static final int BATCH_ROWS = 8192;

    private final Sink sink;
    private final SinkJournal journal;
    private final Drafts drafts;
    private final RowSource rows;
    private final Backlog backlog;
    private final PoisonPolicy policy;
    private final DeadLetters letters;
    private final Lives lives;
    private final Disk disk;
    private final Executor beside;
    private final InstantSource clock;
    private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
    private boolean claimed;

    /** Whether the journal was given the present life. */
    private boolean told;

    private @Nullable String previousLife;

    /** Has the wave that left last, until all of it is settled. */
    private @Nullable Courier courier;

    Shipping(
            Sink sink,
            SinkJournal journal,
            RowSource rows,
            Backlog backlog,
            PoisonPolicy policy,
            DeadLetters letters,
            Lives lives,
            Disk disk,
            Executor beside,
            InstantSource clock) {
        this.sink = sink;
        this.journal = journal;
        this.drafts = new Drafts(journal);
        this.rows = rows;
        this.backlog = backlog;
        this.policy = policy;
        this.letters = letters;
        this.lives = lives;
        this.disk = disk;
        this.beside = beside;
        this.clock = clock;
    }

    Drafts drafts() {
        return drafts;
    }

    /** Deliveries of an intent that were tried since the daemon started. */
    int attempts(Intent intent) {
        return attempts.getOrDefault(intent.id(), 0);
    }

    /** Tells the destination who writes there now, once for each open. */
    Optional<Stop> claim(Partition first) throws IOException {
        if (claimed) {
            return Optional.empty();
        }
        previousLife = journal.ledger().claimant().orElse(null);
        return switch (sink.claim(lives, journal.ledger().claims(), first)) {
            case Claim.Foreign(Refusal refusal) -> Optional.of(new Stop.Halt(refusal));
            case Claim.Deferred(Wait wait, String why) -> Optional.of(new Stop.Pause("deferred", why, wait));
            case Claim.Carried carried -> {
                claimed = true;
                yield Optional.empty();
            }
            case Claim.Held(long number) -> {
                drafts.add(new JournalRecord.Claimed(number, lives.present()));
                claimed = true;
                told = true;
                yield Optional.empty();
            }
        };
    }

    Intent intent(Track track, int generation, Range range, Unit unit) {
        return new Intent(
                UUID.randomUUID().toString(),
                track,
                generation,
                range,
                sink.destination(),
                sink.unitName(track, range),
                sink.encoding(),
                unit.rows(),
                unit.digest(),
                clock.instant());
    }

    static Refusal changed(Intent intent) {
        return new Refusal(
                "promise-changed",
                "the rows promised as " + intent.name() + " cannot be read as they were promised; if the disk lost some"
                        + " of them (tidemark verify), what is left is sent after: tidemark sink rewind NAME --to seq:"
                        + intent.range().since());
    }

    /** The destination has rows from before: they count, and are not sent. */
    void found(Range range, Track track, long count) {
        drafts.add(new JournalRecord.Found(track, range, count, clock.instant()));
        mark(track);
    }

    /**
     * Makes durable what is promised, and begins to send it; what left before is settled.
     *
     * @param spills names the temporary files of halves
     */
    Optional<Stop> begin(Wave wave, Supplier<Path> spills, BooleanSupplier stopping, Tally tally) throws IOException {
        if (courier != null) {
            throw new IllegalStateException("a wave leaves before the one that left last is settled");
        }
        // durable: I8 sink.promise.append
        drafts.sync();
        Courier next = new Courier(
                wave,
                new Courier.Desk() {
                    @Override
                    public Errand.Work<Delivery> delivery(Wave.Ready ready) {
                        return asking(ready);
                    }

                    @Override
                    public Optional<Stop> settle(Wave.Ready ready, Delivery delivery, Wave rest) throws IOException {
                        return settled(ready, delivery, rest, spills, tally);
                    }
                },
                stopping,
                beside,
                disk);
        courier = next;
        return next.look();
    }

    /** Settles what was answered, and sends the next unit, without waiting. */
    Optional<Stop> look() throws IOException {
        return courier == null ? Optional.empty() : courier.look();
    }

    /** Waits until everything is settled that began to leave, or why the rest of it does not. */
    Optional<Stop> finish() throws IOException {
        Courier last = courier;
        if (last == null) {
            return Optional.empty();
        }
        Optional<Stop> stop = last.finish();
        courier = null;
        return stop;
    }

    /** Whether the units of a track that are promised are leaving just now. */
    boolean carries(Track track) {
        return courier != null && courier.carries(track);
    }

    /** Nothing of it is under way when this returns; what was not settled stays promised. */
    void abandon() throws IOException {
        Courier last = courier;
        courier = null;
        if (last != null) {
            last.abandon();
        }
    }

    private Errand.Work<Delivery> asking(Wave.Ready ready) {
        Intent intent = ready.intent();
        attempts.merge(intent.id(), 1, Integer::sum);
        Poison refused = ready.unit().refused();
        if (refused != null) {
            return () -> new Delivery.Poisoned(refused);
        }
        Standing standing = standing(intent.track());
        Shipment shipment =
                new Shipment(intent, ready.unit().file(), standing.acknowledged(), standing.promised(), previousLife);
        return () -> {
            try {
                return sink.deliver(shipment);
            } catch (IOException e) {
                return new Delivery.Unknown(e.toString());
            }
        };
    }

    private Optional<Stop> settled(Wave.Ready ready, Delivery delivery, Wave wave, Supplier<Path> spills, Tally tally)
            throws IOException {
        Intent intent = ready.intent();
        return switch (delivery) {
            case Delivery.Delivered(long bytes) -> {
                note(intent, bytes);
                tally.add(intent.rows(), bytes);
                yield Optional.empty();
            }
            case Delivery.Deferred(Wait wait, String why) -> Optional.of(new Stop.Pause("deferred", why, wait));
            case Delivery.Unknown(String why) -> Optional.of(new Stop.Pause("unknown", why));
            case Delivery.Poisoned(Poison poison) when intent.rows() > 1 -> halve(ready, wave, spills);
            case Delivery.Poisoned(Poison poison) -> park(intent, poison, tally);
            case Delivery.Lost(Position kept) -> goBack(intent, kept);
            case Delivery.TurnedAway(Refusal refusal) -> Optional.of(new Stop.TurnedAway(refusal));
            case Delivery.Refused(Refusal refusal) -> Optional.of(new Stop.Halt(refusal));
        };
    }

    private Standing standing(Track track) {
        Standing standing = drafts.standing(track);
        if (standing == null) {
            throw new IllegalStateException("a unit left before its promise: " + track);
        }
        return standing;
    }

    private void note(Intent intent, long bytes) {
        if (!told) {
            drafts.add(new JournalRecord.Claimed(journal.ledger().claims(), lives.present()));
            told = true;
        }
        drafts.add(new JournalRecord.Noted(intent.id(), intent.track(), bytes, clock.instant()));
        attempts.remove(intent.id());
        mark(intent.track());
    }

    private void mark(Track track) {
        Standing standing = standing(track);
        if (standing.isPassed()) {
            drafts.add(new JournalRecord.Marked(
                    track,
                    standing.mark().advanceTo(standing.noted()),
                    standing.counts().rows(),
                    standing.counts().bytes(),
                    clock.instant()));
        }
    }

    /** The one row of a unit is kept and passed, if it is still what was promised. */
    private Optional<Stop> park(Intent intent, Poison poison, Tally tally) throws IOException {
        if (policy.action() == PoisonPolicy.Action.HALT) {
            return Optional.of(new Stop.Halt(new Refusal(
                    "poison",
                    "the row " + intent.range().through() + " of " + intent.track() + " is never taken: "
                            + poison.reason())));
        }
        Optional<Refusal> full = full(intent);
        if (full.isPresent()) {
            return full.map(Stop.TurnedAway::new);
        }
        Letter letter;
        try (RowStream stream = read(intent.track(), intent.range());
                RowBatch row = stream.next()) {
            if (row == null || row.rows() != 1 || !digest(row).equals(intent.digest())) {
                return Optional.of(new Stop.Halt(changed(intent)));
            }
            letter = letters.keep(intent, row, poison);
        }
        drafts.add(new JournalRecord.Parked(intent.id(), intent.track(), letter, clock.instant()));
        // A receiver takes what lies before its position for rows that it has: nothing behind this one leaves before.
        // durable: I14 letters.parked
        drafts.sync();
        attempts.remove(intent.id());
        tally.park();
        mark(intent.track());
        return Optional.empty();
    }

    private Optional<Refusal> full(Intent intent) {
        LetterBook book = journal.ledger().letters();
        long count = book.count();
        long bytes = book.bytes();
        for (Letter drafted : drafts.letters()) {
            count += book.letter(drafted.id()).isPresent() ? 0 : 1;
            bytes += drafted.bytes();
        }
        return letters.isSender(intent.track()) || (count < policy.lettersMax() && bytes < policy.bytesMax())
                ? Optional.empty()
                : Optional.of(new Refusal(
                        "dead-letters-full",
                        count + " rows of " + bytes + " bytes are kept as dead letters, and dead_letters says {max: "
                                + policy.lettersMax() + ", bytes: " + policy.bytesMax()
                                + "}: replay or drop some, or raise it"));
    }

    /** One id never means two sets of rows: the halves have names of their own, durable before they leave (I9). */
    private Optional<Stop> halve(Wave.Ready whole, Wave wave, Supplier<Path> spills) throws IOException {
        Intent intent = whole.intent();
        Range range = intent.range();
        RowEncoder encoder = sink.encoderOf(intent.encoder());
        RowDigest both = new RowDigest();
        try (UnitCutter cutter = new UnitCutter(read(intent.track(), range), disk, Runnable::run, both)) {
            ObjectLimits limits = ObjectLimits.ofRows(intent.rows() / 2);
            Wave.Ready first = half(intent, range.since(), cutter, encoder, limits, spills.get());
            long middle = first.unit().through();
            Wave.Ready second = half(intent, middle, cutter, encoder, ObjectLimits.NONE, spills.get());
            if (!both.finish().equals(intent.digest())) {
                return Optional.of(new Stop.Halt(changed(intent)));
            }
            attempts.remove(intent.id());
            drafts.add(new JournalRecord.Split(intent.id(), first.intent(), second.intent()));
            // durable: I9 sink.split.append
            drafts.sync();
            wave.putBack(first, second);
        }
        return Optional.empty();
    }

    private static String digest(RowBatch row) {
        RowDigest digest = new RowDigest();
        digest.add(row);
        return digest.finish();
    }

    private Wave.Ready half(
            Intent whole, long since, UnitCutter cutter, RowEncoder encoder, ObjectLimits limits, Path spill)
            throws IOException {
        List<Intent> promised = new ArrayList<>();
        Unit unit = cutter.cut(encoder, limits, whole.range().through(), spill, cut -> {
                    Range range = new Range(whole.range().order(), since, cut.through());
                    promised.add(intent(whole.track(), whole.generation(), range, cut));
                    return sink.facts(promised.getLast());
                })
                .orElseThrow();
        return new Wave.Ready(promised.getLast(), unit);
    }

    /** The rows of a track: what is kept of those that were refused, on a stream that sends them again. */
    RowStream read(Track track, Range range) throws IOException {
        return letters.isSender(track)
                ? letters.read(track, range)
                : rows.read(sink.grain(), track.partition(), range, BATCH_ROWS);
    }

    /** The destination lost rows that it had acknowledged: they are sent again, in a new generation. */
    private Optional<Stop> goBack(Intent intent, Position kept) throws IOException {
        if (!rows.removals().readLock().tryLock()) {
            return Optional.of(new Stop.Pause("lost-position", "rows are being removed; asked again in a moment"));
        }
        try {
            return goBackTo(kept, intent);
        } finally {
            rows.removals().readLock().unlock();
        }
    }

    private Optional<Stop> goBackTo(Position kept, Intent intent) throws IOException {
        Track track = intent.track();
        Standing standing = standing(track);
        Position born = track.isMain() ? backlog.born(track.partition()).mark().position() : Position.START;
        Position to = new Position(
                Math.min(
                        Math.max(kept.legacy(), born.legacy()), standing.noted().legacy()),
                Math.min(
                        Math.max(kept.sequence(), born.sequence()),
                        standing.noted().sequence()));
        if (to.sequence() >= standing.noted().sequence()
                && to.legacy() >= standing.noted().legacy()) {
            return Optional.of(new Stop.Pause("lost-position", "the destination has " + track + " through " + kept));
        }
        Sequence gone = rows.removedThrough(track.partition().dataset());
        if (gone.value() > to.sequence()) {
            return Optional.of(new Stop.Halt(new Refusal(
                    "lost-position",
                    "the destination has " + track + " through " + kept + " only, and rows after that, through " + gone
                            + ", are removed here: `tidemark sink rewind` to start sends what is left")));
        }
        drafts.add(rewind(track, standing).to(to, clock.instant()));
        drafts.sync();
        return Optional.of(new Stop.Again(
                "lost-position", "the destination has lost " + track + " after " + kept + ", which is sent again"));
    }

    /** A way to move a track's mark on purpose, after which nothing that was promised is. */
    Rewind rewind(Track track, Standing standing) {
        standing.pending().forEach(intent -> attempts.remove(intent.id()));
        List<Replay> replays = journal.ledger().replays();
        List<Letter> kept = journal.ledger().letters().of(track).stream()
                .filter(letter -> replays.stream().noneMatch(replay -> replay.sends(letter.id())))
                .toList();
        return new Rewind(track, standing, kept, new Rewind.Census() {
            @Override
            public long rows(Range range) throws IOException {
                return count(track, range);
            }

            @Override
            public List<Letter> present(List<Letter> those) throws IOException {
                return Shipping.this.present(track, those);
            }
        });
    }

    private List<Letter> present(Track track, List<Letter> those) throws IOException {
        if (those.isEmpty()) {
            return List.of();
        }
        List<Letter> present = new ArrayList<>();
        Letter first = those.getFirst();
        Range range =
                new Range(first.order(), first.number() - 1, those.getLast().number());
        try (UnitCutter cutter = new UnitCutter(read(track, range), disk)) {
            for (Letter letter : those) {
                cutter.skip(letter.number() - 1);
                OptionalLong next = cutter.next();
                if (next.isPresent() && next.getAsLong() == letter.number()) {
                    present.add(letter);
                }
            }
        }
        return present;
    }

    /** How many rows a range has now that are this sink's. */
    long count(Track track, Range range) throws IOException {
        if (!range.isLegacy()) {
            return countRead(track, range);
        }
        long count = 0;
        Partition partition = track.partition();
        for (Legacy.Batch batch : backlog.legacy(partition.dataset()).batches(partition.name())) {
            long since = Math.max(batch.since(), range.since());
            long through = Math.min(batch.through(), range.through());
            if (since == batch.since() && through == batch.through()) {
                count += batch.rows();
            } else if (since < through) {
                count += countRead(track, Range.ofLegacy(since, through));
            }
        }
        return count;
    }

    private long countRead(Track track, Range range) throws IOException {
        try (UnitCutter cutter = new UnitCutter(read(track, range), disk)) {
            return cutter.skip(range.through());
        }
    }
}
