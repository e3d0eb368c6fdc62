// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.cache.spool.Spool;
import dev.tidemark.cache.table.AgedFile;
import dev.tidemark.cache.table.CacheTable;
import dev.tidemark.cache.table.Departure;
import dev.tidemark.cache.table.Departures;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the rows of one dataset that are to go: by a commit, never by hiding them (LLP 0017).
 *
 * <p>It looks, decides and commits while holds can only let go of rows.
 */
final class Retention {
    private static final Logger log = LoggerFactory.getLogger(Retention.class);

    private final CacheTable table;
    private final Lane lane;
    private final Spool spool;
    private final InstantSource clock;
    private final BufferAllocator memory;

    Retention(CacheTable table, Lane lane, Spool spool, InstantSource clock, BufferAllocator memory) {
        this.table = table;
        this.lane = lane;
        this.spool = spool;
        this.clock = clock;
        this.memory = memory;
    }

    UpkeepReport.Retained run(UpkeepOrder order, List<String> why, List<String> failures) throws IOException {
        return order.keeper().keeping(order.rule(), holds -> run(order, holds, why, failures));
    }

    private UpkeepReport.Retained run(UpkeepOrder order, RowHolds holds, List<String> why, List<String> failures)
            throws IOException {
        Dataset dataset = spool.books().dataset(order.dataset()).orElseThrow();
        List<AgedFile> files = table.departures().files(dataset);
        RetentionPlan plan = plan(order, dataset, files, holds);
        Sequence passed = Sequence.NONE;
        if (holding(dataset, holds::lacking).isAny()) {
            Sequence leading = plan.leading();
            passed = leading;
            // Who is not waited for passes over rows from where it stands on, and not over some of them.
            plan = plan(
                    order, dataset, files, partition -> lower(holds.on(partition), holds.lacking(partition), leading));
        }
        Sequence dropped = Sequence.NONE;
        if (order.rule().overQuota() == RetentionRule.OverQuota.DROP_OLDEST) {
            dropped = plan.dropOldest(holding(dataset, holds::firmly));
        }
        why.addAll(plan.why());
        failures.addAll(plan.unreadable());
        List<Departure> departures = plan.departures();
        if (!departures.isEmpty() && order.mode() == UpkeepOrder.Mode.RUN) {
            long before = before(dataset, files, departures);
            Departures.Prepared prepared = table.departures().prepare(departures);
            table.requireUnfenced(); // Nobody passes over rows for a removal that cannot be committed.
            holds.passOver(dataset.name(), passed, RowHolds.Passing.NOT_WAITED_FOR);
            holds.passOver(dataset.name(), dropped, RowHolds.Passing.EVERYBODY);
            lane.commit(() -> {
                table.departures().commit(prepared, before);
                return prepared;
            });
            log.info("removed dataset={} rows={} files={}", dataset.name(), plan.removedRows(), departures.size());
        }
        if (order.mode() == UpkeepOrder.Mode.RUN) {
            settle(order, plan);
        }
        return new UpkeepReport.Retained(plan.removedRows(), plan.heldRows(), plan.heldBy());
    }

    private RetentionPlan plan(UpkeepOrder order, Dataset dataset, List<AgedFile> files, RowHolds holds)
            throws IOException {
        RetentionPlan plan = new RetentionPlan(
                files,
                order.rule(),
                RetentionPolicy.at(clock.instant(), order.rule()),
                holding(dataset, holds),
                (file, visitor) -> table.departures().look(dataset, file, memory, visitor));
        plan.make();
        return plan;
    }

    private Holding holding(Dataset dataset, RowHolds holds) throws IOException {
        return new Holding(
                dataset.name(),
                holds,
                spool.books().heads(dataset.name()),
                table.view().adoptions(dataset.name()));
    }

    /** What is waited for, and what is lacking and is not passed over. */
    private static RowHolds.Hold lower(RowHolds.Hold waited, RowHolds.Hold lacking, Sequence passed) {
        Position after = waited.after();
        Position theirs =
                new Position(lacking.after().legacy(), Math.max(lacking.after().sequence(), passed.value()));
        List<String> by = new ArrayList<>(waited.by());
        if (theirs.legacy() < after.legacy() || theirs.sequence() < after.sequence()) {
            by.addAll(lacking.by());
        }
        return new RowHolds.Hold(
                new Position(Math.min(after.legacy(), theirs.legacy()), Math.min(after.sequence(), theirs.sequence())),
                by);
    }

    /** Above the quota new rows give way, until what is there may go. */
    private void settle(UpkeepOrder order, RetentionPlan plan) {
        String dataset = order.dataset();
        boolean wasRefusing = spool.refusal(dataset) != null;
        if (plan.leftBytes() <= order.rule().bytes()) {
            spool.admit(dataset);
            if (wasRefusing) {
                log.info("taking rows again dataset={}", dataset);
            }
            return;
        }
        String why = dataset + " has " + plan.leftBytes() + " bytes of the "
                + order.rule().bytes() + " that it may, and all of them are held by "
                + String.join(", ", plan.heldBy());
        spool.refuse(dataset, why);
        if (!wasRefusing) {
            log.warn("refusing rows dataset={} why={}", dataset, why);
        }
    }

    /** The sequence below which no row is left. */
    private long before(Dataset dataset, List<AgedFile> files, List<Departure> departures) throws IOException {
        List<AgedFile> left = new ArrayList<>(files);
        left.removeIf(file -> file.kind() == AgedFile.Kind.LEGACY);
        long highest = left.stream().mapToLong(AgedFile::upper).max().orElse(0);
        for (Departure departure : departures) {
            if (departure.positions() == null) {
                left.remove(departure.file());
            }
        }
        if (left.isEmpty()) {
            return highest + 1;
        }
        AgedFile first = left.getFirst();
        for (Departure departure : departures) {
            if (departure.file().equals(first)) {
                return departure.next();
            }
        }
        if (first.rows() == first.stored()) {
            return first.lower();
        }
        long[] lowest = {first.upper()};
        try {
            table.departures()
                    .look(
                            dataset,
                            first,
                            memory,
                            (position, place, came, event, partition) -> lowest[0] = Math.min(lowest[0], place));
        } catch (IOException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
            return first.lower(); // Safe: no row that is left is below it.
        }
        return lowest[0];
    }
}
