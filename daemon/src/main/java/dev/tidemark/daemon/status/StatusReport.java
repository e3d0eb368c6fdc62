// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.status;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.DatasetState;
import dev.tidemark.daemon.Version;
import dev.tidemark.daemon.config.LiveConfig;
import dev.tidemark.daemon.quarantine.Quarantine;
import dev.tidemark.daemon.status.Status.ConfigFault;
import dev.tidemark.daemon.status.Status.ConfigStatus;
import dev.tidemark.daemon.status.Status.Conservation;
import dev.tidemark.daemon.status.Status.DatasetBalance;
import dev.tidemark.daemon.status.Status.DatasetStatus;
import dev.tidemark.daemon.status.Status.DiskUse;
import dev.tidemark.daemon.status.Status.LastError;
import dev.tidemark.daemon.status.Status.MemoryUse;
import dev.tidemark.daemon.status.Status.PendingIntent;
import dev.tidemark.daemon.status.Status.Reason;
import dev.tidemark.daemon.status.Status.RetentionStatus;
import dev.tidemark.daemon.status.Status.SinkBalance;
import dev.tidemark.daemon.status.Status.SinkPartition;
import dev.tidemark.daemon.status.Status.SinkPass;
import dev.tidemark.daemon.status.Status.SinkStatus;
import dev.tidemark.daemon.status.Status.SinkStream;
import dev.tidemark.daemon.status.Status.Source;
import dev.tidemark.daemon.status.Status.SpoolUse;
import dev.tidemark.daemon.status.Status.State;
import dev.tidemark.daemon.status.Status.StreamPosition;
import dev.tidemark.daemon.status.Status.TimetableEntry;
import dev.tidemark.daemon.status.Status.UpkeepStatus;
import dev.tidemark.sinks.PartitionProgress;
import dev.tidemark.sinks.PassProgress;
import dev.tidemark.sinks.SinkConservation;
import dev.tidemark.sinks.SinkError;
import dev.tidemark.sinks.SinkState;
import dev.tidemark.sinks.Sinks;
import dev.tidemark.sinks.StreamProgress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Asks every part of a running daemon what is true now. */
public final class StatusReport implements Supplier<Status> {
    private final Parts parts;
    private final LiveConfig live;
    private final InstantSource clock;
    private final Instant started;
    private final Health health;
    private final Onsets onsets = new Onsets();

    /** What a daemon consists of, as far as it reports. */
    public record Parts(
            Cache cache,
            Sinks sinks,
            Supplier<List<TimetableEntry>> timetable,
            Quarantine quarantine,
            Room room,
            UpkeepBook upkeep) {}

    /** What the host has left, and what is wrong with its clock. */
    public interface Room {
        /** A time that has been, when the clock is before it now. */
        @Nullable
        Instant clockBackFrom();

        /** Seconds until rows are refused for lack of it, or null. */
        @Nullable
        Long diskFullEtaSeconds() throws IOException;

        long usedMemoryBytes();
    }

    public StatusReport(Parts parts, LiveConfig live, InstantSource clock) {
        this.parts = parts;
        this.live = live;
        this.clock = clock;
        this.started = clock.instant();
        this.health = new Health(live);
    }

    /**
     * The whole of it.
     *
     * @throws UncheckedIOException when a part cannot be read
     */
    @Override
    public Status get() {
        try {
            return collect();
        } catch (IOException e) {
            throw new UncheckedIOException("could not read the status", e);
        }
    }

    private Status collect() throws IOException {
        Cache cache = parts.cache();
        List<SinkState> sinks = parts.sinks().states();
        // A reload may put a sink from one list into the other meanwhile.
        List<SinkState> unloaded = parts.sinks().unloaded().stream()
                .filter(one -> sinks.stream().noneMatch(sink -> sink.name().equals(one.name())))
                .toList();
        List<DatasetState> datasets = new ArrayList<>();
        for (Dataset dataset : cache.datasets()) {
            datasets.add(cache.state(dataset.name()));
        }
        List<TimetableEntry> timetable = parts.timetable().get();
        Conservation conservation = conservation(
                datasets, Stream.concat(sinks.stream(), unloaded.stream()).toList());
        dev.tidemark.cache.Room room = cache.room();
        List<Reason> reasons = health.reasons(new Health.Findings(
                sinks,
                timetable,
                fences(),
                room,
                cache.unsettledDamages(),
                parts.quarantine().files(),
                parts.room().clockBackFrom(),
                conservation.delta()));
        for (Dataset dataset : cache.datasets()) {
            reasons.addAll(parts.upkeep().reasons(dataset.name(), cache.refusal(dataset.name())));
        }
        return new Status(
                reasons.isEmpty() ? State.HEALTHY : State.DEGRADED,
                onsets.dated(reasons, clock.instant()),
                Version.current(),
                cache.incarnation(),
                cache.life(),
                Duration.between(started, clock.instant()).toSeconds(),
                cache.head().value(),
                cache.horizon().value(),
                new SpoolUse(
                        room.spoolBytes(),
                        cache.spoolSegments(),
                        room.limits().spoolBytesMax(),
                        oldestSeconds(datasets),
                        cache.sideBytes()),
                new DiskUse(
                        room.freeBytes(),
                        room.limits().reserveBytes(),
                        parts.room().diskFullEtaSeconds()),
                new MemoryUse(live.config().memoryBudget(), parts.room().usedMemoryBytes()),
                datasets.stream().map(this::shown).toList(),
                Stream.concat(
                                sinks.stream().map(sink -> shown(sink, timetable)),
                                unloaded.stream()
                                        .map(sink -> shown(sink, timetable).withoutAges()))
                        .sorted(Comparator.comparing(SinkStatus::name))
                        .toList(),
                timetable,
                configStatus(),
                conservation,
                Source.DAEMON);
    }

    private @Nullable Long oldestSeconds(List<DatasetState> datasets) {
        Instant oldest = null;
        for (DatasetState each : datasets) {
            Instant came = each.unflushedSince();
            if (came != null && (oldest == null || came.isBefore(oldest))) {
                oldest = came;
            }
        }
        return oldest == null
                ? null
                : Long.valueOf(
                        Math.max(0, Duration.between(oldest, clock.instant()).toSeconds()));
    }

    private static String aside(Cache cache, long rows) {
        return rows + " rows wait in the side log, which has " + cache.sideBytes() + " bytes of the "
                + cache.sideBytesMax() + " that it may; at that its rows alone are refused";
    }

    private Map<String, String> fences() throws IOException {
        Map<String, String> fences = new TreeMap<>();
        for (Dataset dataset : parts.cache().datasets()) {
            Cache cache = parts.cache();
            String name = dataset.name();
            cache.fence(name).ifPresent(why -> fences.put(name, why));
            long aside = cache.rowsAside(name);
            if (aside > 0) {
                fences.merge(name, aside(cache, aside), (why, more) -> why + "; " + more);
            }
        }
        return fences;
    }

    private DatasetStatus shown(DatasetState state) {
        String name = state.dataset().name();
        Optional<UpkeepBook.Note> note = parts.upkeep().of(name);
        return shown(
                state,
                parts.cache().heads(name).size(),
                new RetentionStatus(
                        note.map(UpkeepBook.Note::at).orElse(null),
                        state.removed(),
                        note.map(UpkeepBook.Note::heldRows).orElse(null),
                        note.map(UpkeepBook.Note::heldBy).orElse(List.of())),
                new UpkeepStatus(
                        note.map(UpkeepBook.Note::at).orElse(null),
                        note.map(UpkeepBook.Note::outcome).orElse(null),
                        note.map(UpkeepBook.Note::why).orElse(List.of())));
    }

    static DatasetStatus shown(DatasetState state, int partitions, RetentionStatus retention, UpkeepStatus upkeep) {
        boolean empty = state.inSpool() + state.inTable() == state.legacyRows();
        return new DatasetStatus(
                state.dataset().name(),
                state.inSpool() + state.inTable(),
                state.legacyRows(),
                state.bytes(),
                state.files(),
                state.flushedThrough().value(),
                empty ? null : state.min().value(),
                empty ? null : state.max().value(),
                partitions,
                retention,
                upkeep);
    }

    static SinkStatus shown(SinkState sink, List<TimetableEntry> timetable) {
        return new SinkStatus(
                sink.name(),
                sink.type(),
                sink.dialect(),
                sink.state(),
                sink.reason(),
                shown(sink.lastError()),
                sink.nextRun() == null ? nextTick(sink.name(), timetable) : sink.nextRun(),
                sink.lastSuccess(),
                sink.deliveredRows(),
                sink.deliveredBytes(),
                sink.deadLetters(),
                sink.lagRows(),
                sink.lagBytes(),
                sink.lagSeconds(),
                sink.partitions().size(),
                sink.partitions().stream().map(StatusReport::shown).toList(),
                sink.streams().stream().map(StatusReport::shown).toList(),
                shown(sink.progress()),
                delivery(sink));
    }

    /** A plain endpoint remembers nothing of its sender, and no row says so. */
    private static @Nullable String delivery(SinkState sink) {
        if (!sink.type().equals("forward")) {
            return "exactly once";
        }
        return switch (sink.dialect()) {
            case null -> null;
            case "plain" -> "at least once; exactly once if the endpoint honours Idempotency-Key";
            default -> "exactly once";
        };
    }

    private static @Nullable SinkPass shown(@Nullable PassProgress pass) {
        return pass == null
                ? null
                : new SinkPass(
                        pass.since(), pass.rows(), pass.bytes(), pass.rowsLeft(), pass.bytesLeft(), pass.secondsLeft());
    }

    private static SinkStream shown(StreamProgress progress) {
        return new SinkStream(
                progress.stream(),
                progress.dataset(),
                progress.partition(),
                new StreamPosition(progress.from().legacy(), progress.from().sequence()),
                new StreamPosition(progress.until().legacy(), progress.until().sequence()),
                progress.deliveredRows());
    }

    private static @Nullable LastError shown(@Nullable SinkError error) {
        return error == null ? null : new LastError(error.at(), error.kind(), error.message(), error.status());
    }

    private static @Nullable Instant nextTick(String sink, List<TimetableEntry> timetable) {
        return timetable.stream()
                .filter(entry -> entry.name().equals(tickOf(sink)))
                .map(TimetableEntry::nextRun)
                .findFirst()
                .orElse(null);
    }

    /** The timetable's name for a sink's tick. */
    public static String tickOf(String sink) {
        return "sink:" + sink;
    }

    private static SinkPartition shown(PartitionProgress progress) {
        dev.tidemark.sinks.PendingIntent intent = progress.pendingIntent();
        return new SinkPartition(
                progress.dataset(),
                progress.partition(),
                progress.watermarkSequence(),
                progress.headSequence(),
                progress.lagRows(),
                progress.lagBytes(),
                progress.lagSeconds(),
                progress.deliveredRows(),
                intent == null
                        ? null
                        : new PendingIntent(intent.since(), intent.through(), intent.attempts(), intent.firstAt()));
    }

    private ConfigStatus configStatus() {
        LiveConfig.Standing standing = live.standing();
        return new ConfigStatus(
                standing.loadedAt(),
                standing.refusedAt() != null,
                Stream.concat(standing.config().faults().stream(), standing.errors().stream())
                        .distinct()
                        .map(fault -> new ConfigFault(
                                fault.file(), fault.line(), fault.column(), fault.message(), fault.hint()))
                        .toList());
    }

    static Conservation conservation(List<DatasetState> datasets, List<SinkState> sinks) {
        List<DatasetBalance> ofDatasets = datasets.stream()
                .map(state -> new DatasetBalance(
                        state.dataset().name(),
                        state.accepted(),
                        state.adopted(),
                        state.inSpool(),
                        state.inTable(),
                        state.removed(),
                        state.damaged(),
                        state.conservationDelta()))
                .toList();
        List<SinkBalance> ofSinks = sinks.stream().map(StatusReport::balance).toList();
        // Differences of opposite sign must not hide each other.
        long delta = ofDatasets.stream()
                        .mapToLong(balance -> Math.abs(balance.delta()))
                        .sum()
                + ofSinks.stream()
                        .mapToLong(balance -> Math.abs(balance.delta()))
                        .sum();
        return new Conservation(delta, ofDatasets, ofSinks);
    }

    private static SinkBalance balance(SinkState sink) {
        SinkConservation counts = sink.conservation();
        return new SinkBalance(
                sink.name(),
                counts.accepted(),
                counts.adopted(),
                counts.delivered(),
                counts.pending(),
                counts.deadLettered(),
                counts.removed(),
                counts.delta());
    }
}
