// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.MergeNeed;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder.Mode;
import dev.tidemark.cache.UpkeepReport.Compacted;
import dev.tidemark.cache.UpkeepReport.Outcome;
import dev.tidemark.cache.table.Rewrite;
import dev.tidemark.cache.table.Rewrites;
import dev.tidemark.cache.table.TableFile;
import dev.tidemark.cache.table.TableFiles;
import dev.tidemark.cache.upkeep.CompactionPolicy.Group;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges the small files of one dataset's table, one group after the other, as far as its time goes (LLP 0018).
 *
 * <p>A merged file is prepared beside the table; only its commit takes the lane. When somebody else was quicker, what is worth
 * it is asked anew. A group that failed waits longer each time, so that nobody works for nothing all day.
 */
final class Compaction implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Compaction.class);
    private static final int CONFLICTS_MAX = 3;

    private final String dataset;
    private final Rewrites rewrites;
    private final Lane lane;
    private final BufferAllocator memory;
    private final CompactionSetbacks setbacks = new CompactionSetbacks();
    private final CompactionRate rate;
    private final CompactionThread thread;
    private boolean cleared;

    Compaction(String dataset, Rewrites rewrites, Lane lane, DiskShare share, BufferAllocator memory) {
        this.dataset = dataset;
        this.rewrites = rewrites;
        this.lane = lane;
        this.memory = memory;
        this.rate = share.rate();
        this.thread = new CompactionThread(share);
    }

    /** What one run has come to so far. */
    private static final class Tally {
        private int filesIn;
        private int filesOut;
        private long rows;
        private int conflicts;
        private boolean failed;
        private boolean overBudget;

        Compacted result() {
            Outcome outcome = failed
                    ? Outcome.ERROR
                    : filesIn > 0
                            ? Outcome.COMPACTED
                            : conflicts > 0
                                    ? Outcome.CONFLICT
                                    : overBudget ? Outcome.OVER_BUDGET : Outcome.NOTHING_TO_DO;
            return new Compacted(outcome, filesIn, filesOut, rows);
        }
    }

    /**
     * Merges what is worth it, the neediest first, or only tells what it would merge.
     *
     * @param why takes a sentence for each decision
     */
    Compacted run(UpkeepLimits limits, Mode mode, List<String> why) throws IOException {
        Tally tally = new Tally();
        if (mode == Mode.DRY_RUN) {
            foresee(limits, tally, why);
            return tally.result();
        }
        try {
            thread.run("compaction of " + dataset, pace -> {
                run(limits, mode, pace, tally, why);
                return tally;
            });
        } catch (InterruptedIOException stopped) {
            tally.overBudget = true;
            why.add("stopped before all was merged");
        }
        return tally.result();
    }

    private void run(UpkeepLimits limits, Mode mode, CompactionPace pace, Tally tally, List<String> why)
            throws IOException {
        if (!cleared) {
            rewrites.clear();
            cleared = true;
        }
        if (mode == Mode.RUN) {
            setbacks.beginRun();
        }
        long end = System.nanoTime() + limits.budget().toNanos();
        Optional<Group> next = next(limits, Duration.ofNanos(end - System.nanoTime()), tally, why);
        while (next.isPresent()) {
            merge(next.get(), pace, tally, why);
            if (mode == Mode.MERGE_ONE) {
                return;
            }
            next = next(limits, Duration.ofNanos(end - System.nanoTime()), tally, why);
        }
    }

    /** What the next merge would help and take; empty when there is none to begin. */
    Optional<MergeNeed> need(UpkeepLimits limits) throws IOException {
        TableFiles table = rewrites.files();
        if (table.hindrance() != null) {
            return Optional.empty();
        }
        return policy(limits).groups(table.files()).stream()
                .filter(group -> !setbacks.isWaiting(group))
                .findFirst()
                .map(group -> new MergeNeed(dataset, group.bytes(), group.need(), rate.of(group.bytes())));
    }

    /** Stops a run that goes on. */
    @Override
    public void close() {
        thread.close();
    }

    private static CompactionPolicy policy(UpkeepLimits limits) {
        return new CompactionPolicy(limits.smallFile(), limits.targetFile(), limits.minFiles());
    }

    /** The neediest group that can be merged in the time that is left; empty when there is none. */
    private Optional<Group> next(UpkeepLimits limits, Duration left, Tally tally, List<String> why) throws IOException {
        if (tally.conflicts >= CONFLICTS_MAX) {
            return Optional.empty();
        }
        TableFiles table = rewrites.files();
        if (table.hindrance() != null) {
            why.add("no file is merged: " + table.hindrance());
            return Optional.empty();
        }
        List<Group> groups = policy(limits).groups(table.files());
        Optional<String> waiting = setbacks.oneOf(groups);
        if (waiting.isPresent()) {
            tally.failed = true;
            why.add("not tried again yet: " + waiting.get());
        }
        List<Group> ready =
                groups.stream().filter(group -> !setbacks.isWaiting(group)).toList();
        long fitting = rate.bytesIn(left);
        Optional<Group> next =
                ready.stream().filter(group -> group.bytes() <= fitting).findFirst();
        if (next.isEmpty() && !ready.isEmpty()) {
            tally.overBudget = true;
            why.add(ready.size() + " merges do not fit into the budget, the neediest is of "
                    + ready.getFirst().bytes() + " bytes, and " + fitting + " are left");
        }
        return next;
    }

    private void foresee(UpkeepLimits limits, Tally tally, List<String> why) throws IOException {
        TableFiles table = rewrites.files();
        if (table.hindrance() != null) {
            why.add("no file would be merged: " + table.hindrance());
            return;
        }
        long fitting = rate.bytesIn(limits.budget());
        for (Group group : policy(limits).groups(table.files())) {
            boolean fits = group.bytes() <= fitting;
            tally.overBudget |= !fits;
            if (fits) {
                fitting -= group.bytes();
                tally.filesIn += group.files().size();
                tally.filesOut++;
                tally.rows += rows(group);
            }
            why.add((fits ? "would merge " : "would not fit into the budget: ") + told(group));
        }
        if (table.files().isEmpty()) {
            why.add("there is no file");
        }
    }

    private static long rows(Group group) {
        return group.files().stream()
                .mapToLong(file -> file.rows() - file.deletedRows())
                .sum();
    }

    private static String told(Group group) {
        TableFile first = group.files().getFirst();
        return "%d files of %d bytes, rows %d to %d%s: %s"
                .formatted(
                        group.files().size(),
                        group.bytes(),
                        first.lower(),
                        group.files().getLast().upper(),
                        first.kind() == TableFile.Kind.LEGACY ? " of the legacy rows" : "",
                        group.why());
    }

    private void merge(Group group, CompactionPace pace, Tally tally, List<String> why) throws InterruptedIOException {
        long begun = System.nanoTime();
        try {
            Optional<Rewrite> begin = rewrites.begin(group.files(), pace, memory);
            if (begin.isEmpty()) {
                tally.conflicts++;
                why.add("somebody else was quicker: " + told(group));
                return;
            }
            try (Rewrite rewrite = begin.get()) {
                rewrite.stage();
                // The commit alone is made while nobody flushes.
                if (lane.commit(rewrite::commit) == Rewrite.Outcome.CONFLICT) {
                    tally.conflicts++;
                    why.add("somebody else was quicker: " + told(group));
                    return;
                }
                rate.took(group.bytes(), Duration.ofNanos(System.nanoTime() - begun));
                tally.filesIn += group.files().size();
                tally.filesOut += rewrite.bytes() > 0 ? 1 : 0;
                tally.rows += rewrite.rows();
                why.add("merged " + told(group));
                log.info(
                        "compacted dataset={} files={} rows={} bytes={} from={}",
                        dataset,
                        group.files().size(),
                        rewrite.rows(),
                        rewrite.bytes(),
                        group.bytes());
            }
        } catch (InterruptedIOException stopped) {
            throw stopped;
        } catch (IOException | RuntimeException e) {
            tally.failed = true;
            setbacks.add(group, String.valueOf(e.getMessage()));
            why.add("could not merge " + told(group) + ": " + e.getMessage());
            log.warn(
                    "could not compact dataset={} files={}",
                    dataset,
                    group.files().size(),
                    e);
        }
    }
}
