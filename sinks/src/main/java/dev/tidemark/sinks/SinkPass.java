// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The steps of delivery of one sink, in their only order: claim, read, promise, deliver, note and mark.
 *
 * <p>A pass goes as far as the heads were when it began. Promised units come first, each exactly as it was promised,
 * whatever has arrived since. Not for use by two threads at once, except {@link #attempts}.
 */
final class SinkPass {
    private static final ObjectLimits AS_PROMISED = new ObjectLimits(Long.MAX_VALUE, Long.MAX_VALUE, Duration.ZERO);

    private final SinkSettings settings;
    private final Sink sink;
    private final SinkJournal journal;
    private final SinkRegister register;
    private final Backlog backlog;
    private final UnitReader reader;
    private final Lives lives;
    private final Path spills;
    private final DurableFiles files;
    private final InstantSource clock;
    private final UnitPolicy policy;

    /** What this open has found out and need not ask again. */
    private final Set<Partition> inspected = ConcurrentHashMap.newKeySet();

    private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
    private boolean claimed;
    private @Nullable String previousLife;

    SinkPass(
            SinkSettings settings,
            Sink sink,
            SinkJournal journal,
            SinkRegister register,
            RowSource rows,
            Backlog backlog,
            Lives lives,
            Path spills,
            DurableFiles files,
            InstantSource clock) {
        this.settings = settings;
        this.sink = sink;
        this.journal = journal;
        this.register = register;
        this.backlog = backlog;
        this.reader = new UnitReader(rows, files.disk());
        this.lives = lives;
        this.spills = spills;
        this.files = files;
        this.clock = clock;
        this.policy = new UnitPolicy(settings.destination().limits());
    }

    /** Deliveries of an intent that were tried since the daemon started. */
    int attempts(Intent intent) {
        return attempts.getOrDefault(intent.id(), 0);
    }

    /** Delivers what the demand asks for; empty when all of it went through, or there was nothing. */
    Optional<Stop> deliver(Demand demand, BooleanSupplier stopping, Tally tally) throws IOException {
        Deque<Head> targets = targets(demand);
        if (targets.isEmpty()) {
            return Optional.empty();
        }
        Optional<Stop> stop = claim(targets.getFirst().partition());
        try {
            while (stop.isEmpty() && !targets.isEmpty() && !stopping.getAsBoolean()) {
                Wave wave = new Wave();
                List<Head> taken = new ArrayList<>();
                stop = fill(wave, targets, taken);
                if (stop.isEmpty()) {
                    stop = send(wave, stopping, tally);
                }
                for (Head head : taken) {
                    if (backlog.standing(head.partition()).next() == null && isDue(head, demand)) {
                        targets.addLast(head);
                    }
                }
            }
        } finally {
            clearSpills();
        }
        return stop;
    }

    /** Removes the temporary files of a pass that nobody needs any more. */
    void clearSpills() throws IOException {
        for (Path spill : files.list(spills)) {
            files.disk().delete(spill);
        }
    }

    private Deque<Head> targets(Demand demand) throws IOException {
        Deque<Head> targets = new ArrayDeque<>();
        for (Head head : backlog.heads()) {
            if (backlog.standing(head.partition()).next() != null) {
                targets.addFirst(head);
            } else if (isDue(head, demand)) {
                targets.addLast(head);
            }
        }
        return targets;
    }

    private boolean isDue(Head head, Demand demand) throws IOException {
        Standing standing = backlog.standing(head.partition());
        long rows = settings.takes(head.partition().dataset()) ? backlog.waitingRows(head, standing) : 0;
        if (rows == 0 || demand == Demand.ALL || policy.isDueByRows(rows)) {
            return rows > 0;
        }
        Instant now = clock.instant();
        return backlog.waiting(head, standing)
                .filter(waiting -> policy.isDue(waiting, now))
                .isPresent();
    }

    private Optional<Stop> claim(Partition first) throws IOException {
        if (claimed) {
            return Optional.empty();
        }
        files.createDirectories(spills);
        clearSpills();
        previousLife = journal.ledger().claimant().orElse(null);
        return switch (sink.claim(lives, journal.ledger().claims(), first)) {
            case Claim.Foreign(Refusal refusal) -> Optional.of(new Stop.Halt(refusal));
            case Claim.Deferred(Wait wait, String why) -> Optional.of(new Stop.Pause("deferred", why, wait));
            case Claim.Carried carried -> {
                claimed = true;
                yield Optional.empty();
            }
            case Claim.Held(long number) -> {
                journal.append(List.of(new JournalRecord.Claimed(number, lives.present())));
                claimed = true;
                yield Optional.empty();
            }
        };
    }

    private Optional<Stop> fill(Wave wave, Deque<Head> targets, List<Head> taken) throws IOException {
        while (!targets.isEmpty() && !wave.isFull()) {
            Head head = targets.removeFirst();
            Standing standing = backlog.standing(head.partition());
            Optional<Intent> pending = Optional.ofNullable(standing.next());
            Optional<Stop> found = inspect(head.partition(), standing);
            if (found.isPresent()) {
                return found;
            }
            Path spill = spills.resolve(Integer.toString(wave.units().size()));
            Optional<Unit> unit = pending.isPresent()
                    ? reader.read(
                            sink.encoderOf(pending.get().encoder()),
                            head.partition(),
                            new Sequence(pending.get().range().since()),
                            new Sequence(pending.get().range().through()),
                            AS_PROMISED,
                            spill)
                    : reader.read(
                            sink.encoder(),
                            head.partition(),
                            sequence(standing.noted()),
                            head.last(),
                            policy.limits(),
                            spill);
            if (pending.isPresent()
                    && !unit.filter(read -> isAsPromised(read, pending.get())).isPresent()) {
                return Optional.of(new Stop.Halt(new Refusal(
                        "promise-changed",
                        "the rows promised as " + pending.get().name() + " cannot be read as they were promised")));
            }
            if (unit.isPresent()) {
                wave.add(pending.orElseGet(() -> intent(head.partition(), standing, unit.get())), unit.get());
                taken.add(head);
            }
        }
        return Optional.empty();
    }

    private Optional<Stop> inspect(Partition partition, Standing standing) throws IOException {
        if (inspected.contains(partition)) {
            return Optional.empty();
        }
        Optional<Refusal> refusal = sink.inspect(
                Track.main(partition),
                standing.reached(),
                standing.pending().stream().map(Intent::name).collect(Collectors.toSet()));
        if (refusal.isEmpty()) {
            inspected.add(partition);
        }
        return refusal.map(Stop.Halt::new);
    }

    private static boolean isAsPromised(Unit unit, Intent intent) {
        return unit.rows() == intent.rows()
                && unit.through().value() == intent.range().through()
                && unit.digest().equals(intent.digest());
    }

    private Intent intent(Partition partition, Standing standing, Unit unit) {
        Range range = Range.ofSequences(sequence(standing.noted()), unit.through());
        Track track = Track.main(partition);
        return new Intent(
                UUID.randomUUID().toString(),
                track,
                standing.mark().generation(),
                range,
                sink.destination(),
                sink.unitName(track, range),
                sink.encoder().version(),
                unit.rows(),
                unit.digest(),
                clock.instant());
    }

    private Optional<Stop> send(Wave wave, BooleanSupplier stopping, Tally tally) throws IOException {
        bear(wave);
        List<JournalRecord> promises = new ArrayList<>();
        for (Wave.Ready ready : wave.units()) {
            Standing standing = backlog.standing(ready.intent().partition());
            if (standing.next() == null) {
                if (journal.ledger().standing(ready.intent().track()).isEmpty()) {
                    promises.add(
                            new JournalRecord.Marked(ready.intent().track(), standing.mark(), 0, 0, clock.instant()));
                }
                promises.add(new JournalRecord.Promised(ready.intent()));
            }
        }
        // durable: I8 sink.promise.append
        journal.append(promises);
        List<JournalRecord> arrived = new ArrayList<>();
        Optional<Stop> stop = Optional.empty();
        for (Wave.Ready ready : wave.units()) {
            if (stop.isPresent() || stopping.getAsBoolean()) {
                break;
            }
            stop = deliver(ready, arrived, tally);
        }
        // durable: I7 sink.mark.append
        journal.append(arrived);
        return stop;
    }

    /** A dataset that is younger than the sink has a birth before its first intent (I7). */
    private void bear(Wave wave) throws IOException {
        Registration known = register.registration(settings.name()).orElseThrow();
        List<Birth> births = wave.units().stream()
                .map(ready -> ready.intent().partition().dataset())
                .distinct()
                .filter(dataset -> known.birth(dataset).isEmpty())
                .map(dataset -> Birth.ofLater(dataset, settings.start()))
                .toList();
        if (!births.isEmpty()) {
            register.put(known.with(births));
        }
    }

    private Optional<Stop> deliver(Wave.Ready ready, List<JournalRecord> arrived, Tally tally) {
        Intent intent = ready.intent();
        attempts.merge(intent.id(), 1, Integer::sum);
        Delivery delivery;
        try {
            Standing standing = backlog.standing(intent.partition());
            delivery = sink.deliver(new Shipment(
                    intent, ready.unit().file(), standing.acknowledged(), standing.promised(), previousLife));
        } catch (IOException e) {
            delivery = new Delivery.Unknown(e.toString());
        }
        return switch (delivery) {
            case Delivery.Delivered(long bytes) -> {
                if (!journal.ledger().claimant().equals(Optional.of(lives.present()))) {
                    arrived.add(new JournalRecord.Claimed(journal.ledger().claims(), lives.present()));
                }
                arrived.addAll(noted(intent, bytes));
                attempts.remove(intent.id());
                tally.add(intent.rows(), bytes);
                yield Optional.empty();
            }
            case Delivery.Deferred(Wait wait, String why) -> Optional.of(new Stop.Pause("deferred", why, wait));
            case Delivery.Unknown(String why) -> Optional.of(new Stop.Pause("unknown", why));
            case Delivery.Poisoned(Poison poison) -> Optional.of(new Stop.Halt(new Refusal("poison", poison.reason())));
            case Delivery.Lost(Position kept) ->
                Optional.of(new Stop.Halt(new Refusal(
                        "lost-position",
                        "the destination has " + intent.track() + " through " + kept
                                + " only and acknowledged more: it was restored, or is another one")));
            case Delivery.TurnedAway(Refusal refusal) -> Optional.of(new Stop.TurnedAway(refusal));
            case Delivery.Refused(Refusal refusal) -> Optional.of(new Stop.Halt(refusal));
        };
    }

    private List<JournalRecord> noted(Intent intent, long bytes) {
        Partition partition = intent.partition();
        Standing standing = backlog.standing(partition);
        Instant now = clock.instant();
        return List.of(
                new JournalRecord.Noted(intent.id(), intent.track(), bytes, now),
                new JournalRecord.Marked(
                        intent.track(),
                        standing.mark().advanceTo(intent.range().after(standing.noted())),
                        standing.counts().rows() + intent.rows(),
                        standing.counts().bytes() + bytes,
                        now));
    }

    private static Sequence sequence(Position position) {
        return new Sequence(position.sequence());
    }
}
