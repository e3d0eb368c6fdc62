// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
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
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Looks after one table after the other, by time and when somebody asks; two rounds never overlap. */
final class UpkeepRounds implements Upkeeping, UpkeepBook {
    private final Cache cache;
    private final RowHolds.Keeper keeper;
    private final Supplier<UpkeepSettings> settings;
    private final long fileSystemBytes;
    private final InstantSource clock;
    private final Metrics metrics;
    private final Map<String, Note> notes = new ConcurrentHashMap<>();
    private final Map<String, Long> bytesBefore = new HashMap<>();

    /** Tables of which there may be more to merge, the one whose turn was longest ago first. */
    private final Set<String> behind = new LinkedHashSet<>();

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

    /** A dataset that cannot be looked after keeps no other from it, and is told at the end. */
    @Override
    public synchronized List<UpkeepReport> round(UpkeepOrder.Mode mode) throws IOException {
        List<UpkeepReport> reports = new ArrayList<>();
        IOException failure = null;
        for (Dataset dataset : cache.datasets()) {
            try {
                reports.add(lookAfter(dataset.name(), mode));
            } catch (IOException e) {
                failure = joined(failure, e);
            }
        }
        if (failure != null) {
            throw failure;
        }
        return reports;
    }

    /** Goes on where the last run merged something or had no time left, in one budget that the tables share. */
    synchronized void catchUp() throws IOException {
        Duration whole = settings.get().limits().budget();
        long end = System.nanoTime() + whole.toNanos();
        IOException failure = null;
        for (String name : List.copyOf(behind)) {
            Duration left = Duration.ofNanos(end - System.nanoTime());
            if (left.isPositive()) {
                try {
                    lookAfter(name, UpkeepOrder.Mode.RUN, left);
                } catch (IOException e) {
                    failure = joined(failure, e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Does the same at once where a table has grown above its quota, or rows are refused for it. */
    synchronized void mindQuotas() throws IOException {
        UpkeepSettings now = settings.get();
        IOException failure = null;
        for (Dataset dataset : cache.datasets()) {
            String name = dataset.name();
            RetentionRule rule = now.ruleOf(name, fileSystemBytes);
            long bytes = cache.tableBytes(name);
            boolean hasGrown = bytes > rule.bytes() && bytes > bytesBefore.getOrDefault(name, 0L);
            if (hasGrown || cache.refusal(name).isPresent()) {
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
        return lookAfter(dataset, mode, settings.get().limits().budget());
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
            if (mode == UpkeepOrder.Mode.RUN) {
                mindWhatIsLeft(
                        dataset,
                        report.compaction().outcome(),
                        budget.compareTo(now.limits().budget()) < 0);
                UpkeepReport.Retained retained = report.retention();
                metrics.compacted(report.compaction().outcome());
                notes.put(
                        dataset,
                        new Note(begun, report.compaction().outcome().word(), retained.heldRows(), retained.heldBy()));
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
                            before == null ? 0 : before.heldRows(),
                            before == null ? List.of() : before.heldBy()));
            throw new IOException("could not look after " + dataset + ": " + e.getMessage(), e);
        }
    }

    /** What did not fit into a whole budget fits into none, and waits for the next round. */
    private void mindWhatIsLeft(String dataset, UpkeepReport.Outcome outcome, boolean wasShort) {
        if (outcome == UpkeepReport.Outcome.COMPACTED || (outcome == UpkeepReport.Outcome.OVER_BUDGET && wasShort)) {
            behind.add(dataset);
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
