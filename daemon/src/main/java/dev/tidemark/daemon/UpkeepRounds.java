// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.MergeNeed;
import dev.tidemark.cache.MergeTurns;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.daemon.config.UpkeepSettings;
import dev.tidemark.daemon.http.Upkeeping;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.status.UpkeepBook;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks after one table after the other, by time and when somebody asks; two rounds never overlap. */
final class UpkeepRounds implements Upkeeping, UpkeepBook {
    /** What is remembered of one run; the rest was told to whoever asked for it. */
    private static final int SENTENCES_MAX = 20;

    /** A hundred runs in an hour: the grace of a file that was removed is over when its hour is. */
    private static final Duration WHILE_LOW = Duration.ofSeconds(36);

    private final Cache cache;
    private final RowHolds.Keeper keeper;
    private final Supplier<UpkeepSettings> settings;
    private final long fileSystemBytes;
    private final InstantSource clock;
    private final Metrics metrics;
    private final Map<String, Note> notes = new ConcurrentHashMap<>();
    private final Map<String, Long> bytesBefore = new HashMap<>();
    private @Nullable Instant lowBefore;

    /** Tables of which there may be more to merge. */
    private final Set<String> behind = new HashSet<>();

    private final MergeTurns turns = new MergeTurns();

    UpkeepRounds(
            Cache cache,
            RowHolds.Keeper keeper,
            Supplier<UpkeepSettings> settings,
            long fileSystemBytes,
            InstantSource clock,
            Metrics metrics) {
        this.cache = cache;
        this.keeper = keeper;
        this.settings = settings;
        this.fileSystemBytes = fileSystemBytes;
        this.clock = clock;
        this.metrics = metrics;
    }

    /**
     * The table that needs a merge most comes first, and all share one budget for merges.
     *
     * <p>A dataset that cannot be looked after keeps no other from it, and is told at the end.
     */
    @Override
    public synchronized List<UpkeepReport> round(UpkeepOrder.Mode mode) throws IOException {
        Duration whole = mergeBudget();
        long end = System.nanoTime() + whole.toNanos();
        List<UpkeepReport> reports = new ArrayList<>();
        IOException failure = null;
        for (String name : byNeed()) {
            Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            try {
                reports.add(lookAfter(name, mode, mode == UpkeepOrder.Mode.RUN ? left : whole));
            } catch (IOException e) {
                failure = joined(failure, e);
            }
        }
        if (failure != null) {
            throw failure;
        }
        reports.sort(Comparator.comparing(UpkeepReport::dataset));
        return reports;
    }

    /** A merge takes room, and gives none back for an hour. */
    private Duration mergeBudget() throws IOException {
        return isDiskLow() ? Duration.ZERO : settings.get().limits().budget();
    }

    private boolean isDiskLow() throws IOException {
        return cache.room().refusing() == AppendOutcome.Limit.DISK;
    }

    private List<String> byNeed() {
        List<String> names =
                new ArrayList<>(cache.datasets().stream().map(Dataset::name).toList());
        Map<String, Double> needs = new HashMap<>();
        for (String name : names) {
            needs.put(name, need(name).map(turns::weight).orElse(0.0));
        }
        names.sort(Comparator.comparingDouble(name -> -needs.getOrDefault(name, 0.0)));
        return names;
    }

    /** A table that cannot be read needs nothing here; whoever looks after it says what is wrong. */
    private Optional<MergeNeed> need(String dataset) {
        try {
            return cache.mergeNeed(dataset, settings.get().limits());
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    /**
     * Goes on where a run merged something or had no time left: one merge after the other, of whichever table needs it most
     * by then, in one budget for all; who waits for it to no avail needs it more the next time.
     */
    synchronized void catchUp() throws IOException {
        if (isDiskLow()) {
            return;
        }
        Duration whole = settings.get().limits().budget();
        long end = System.nanoTime() + whole.toNanos();
        Set<String> candidates = new HashSet<>(behind);
        Set<String> merged = new HashSet<>();
        behind.clear();
        IOException failure = null;
        while (true) {
            List<MergeNeed> needs =
                    candidates.stream().flatMap(name -> need(name).stream()).toList();
            Duration left = Duration.ofNanos(end - System.nanoTime());
            Optional<MergeNeed> next = turns.next(needs, left);
            if (next.isEmpty()) {
                // What does not fit into a whole budget fits into none, and waits for the next round.
                needs.stream()
                        .filter(need -> need.takes().compareTo(whole) <= 0)
                        .map(MergeNeed::dataset)
                        .forEach(behind::add);
                behind.stream().filter(name -> !merged.contains(name)).forEach(turns::passedOver);
                break;
            }
            String name = next.get().dataset();
            try {
                UpkeepReport report = lookAfter(name, UpkeepOrder.Mode.MERGE_ONE, left);
                if (report.compaction().outcome() == UpkeepReport.Outcome.COMPACTED) {
                    merged.add(name);
                } else {
                    candidates.remove(name);
                }
            } catch (IOException e) {
                failure = joined(failure, e);
                candidates.remove(name);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Does the same at once where a table has grown above its quota, or rows are refused for it or for the disk. */
    synchronized void mindQuotas() throws IOException {
        UpkeepSettings now = settings.get();
        IOException failure = null;
        boolean isLow = isDiskLow() && (lowBefore == null || !clock.instant().isBefore(lowBefore.plus(WHILE_LOW)));
        if (isLow) {
            lowBefore = clock.instant();
        }
        for (Dataset dataset : cache.datasets()) {
            String name = dataset.name();
            RetentionRule rule = now.ruleOf(name, fileSystemBytes);
            long bytes = cache.tableBytes(name);
            boolean hasGrown = bytes > rule.bytes() && bytes > bytesBefore.getOrDefault(name, 0L);
            if (hasGrown || isLow || cache.refusal(name).isPresent()) {
                try {
                    lookAfter(name, UpkeepOrder.Mode.RUN);
                } catch (IOException e) {
                    failure = joined(failure, e);
                }
                bytesBefore.put(name, cache.tableBytes(name));
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private UpkeepReport lookAfter(String dataset, UpkeepOrder.Mode mode) throws IOException {
        return lookAfter(dataset, mode, mergeBudget());
    }

    private UpkeepReport lookAfter(String dataset, UpkeepOrder.Mode mode, Duration budget) throws IOException {
        UpkeepSettings now = settings.get();
        Instant begun = clock.instant();
        if (mode == UpkeepOrder.Mode.RUN) {
            behind.remove(dataset);
        }
        try {
            UpkeepReport report = cache.upkeep(new UpkeepOrder(
                    dataset,
                    now.ruleOf(dataset, fileSystemBytes),
                    keeper,
                    now.limits().within(budget),
                    mode));
            if (mode != UpkeepOrder.Mode.DRY_RUN) {
                UpkeepReport.Outcome outcome = report.compaction().outcome();
                mindWhatIsLeft(dataset, outcome, budget.compareTo(now.limits().budget()) < 0);
                mindTurns(dataset, outcome, mode);
                metrics.compacted(outcome);
                note(dataset, begun, outcome, report, mode);
            }
            return report;
        } catch (IOException | RuntimeException e) {
            metrics.compacted(UpkeepReport.Outcome.ERROR);
            Note before = notes.get(dataset);
            notes.put(
                    dataset,
                    new Note(
                            begun,
                            UpkeepReport.Outcome.ERROR.word(),
                            List.of(String.valueOf(e.getMessage())),
                            before == null ? 0 : before.heldRows(),
                            before == null ? List.of() : before.heldBy()));
            throw new IOException("could not look after " + dataset + ": " + e.getMessage(), e);
        }
    }

    private void note(
            String dataset, Instant begun, UpkeepReport.Outcome outcome, UpkeepReport report, UpkeepOrder.Mode mode) {
        List<String> why = Stream.concat(report.why().stream(), report.failures().stream())
                .limit(SENTENCES_MAX)
                .toList();
        UpkeepReport.Retained retained = report.retention();
        Note now = new Note(begun, outcome.word(), why, retained.heldRows(), retained.heldBy());
        Note before = mode == UpkeepOrder.Mode.RUN ? null : notes.get(dataset);
        // A merge alone finds nothing out about rows that are held.
        notes.put(
                dataset,
                before == null ? now : new Note(begun, outcome.word(), why, before.heldRows(), before.heldBy()));
    }

    /** What did not fit into a whole budget fits into none, and waits for the next round. */
    private void mindWhatIsLeft(String dataset, UpkeepReport.Outcome outcome, boolean wasShort) {
        switch (outcome) {
            case COMPACTED, CONFLICT -> behind.add(dataset);
            case OVER_BUDGET -> {
                if (wasShort) {
                    behind.add(dataset);
                }
            }
            case NOTHING_TO_DO, ERROR -> {}
        }
    }

    /** Who is passed over while others are merged one by one is told at the end of that. */
    private void mindTurns(String dataset, UpkeepReport.Outcome outcome, UpkeepOrder.Mode mode) {
        switch (outcome) {
            case COMPACTED, NOTHING_TO_DO, ERROR -> turns.served(dataset);
            case OVER_BUDGET -> {
                if (mode == UpkeepOrder.Mode.RUN) {
                    turns.passedOver(dataset);
                }
            }
            case CONFLICT -> {}
        }
    }

    @Override
    public Optional<Note> of(String dataset) {
        return Optional.ofNullable(notes.get(dataset));
    }

    private static IOException joined(@Nullable IOException first, IOException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }
}
