// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowHolds;
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

    UpkeepReport.Retained run(UpkeepOrder order, List<String> why) throws IOException {
        return order.keeper().keeping(order.rule(), holds -> run(order, holds, why));
    }

    private UpkeepReport.Retained run(UpkeepOrder order, RowHolds holds, List<String> why) throws IOException {
        Dataset dataset = spool.books().dataset(order.dataset()).orElseThrow();
        List<AgedFile> files = table.departures().files(dataset);
        Holding holding = new Holding(
                dataset.name(),
                holds,
                spool.books().heads(dataset.name()),
                table.view().adoptions(dataset.name()));
        RetentionPlan plan = new RetentionPlan(
                files,
                order.rule(),
                RetentionPolicy.at(clock.instant(), order.rule()),
                holding,
                (file, visitor) -> table.departures().look(dataset, file, memory, visitor));
        plan.make();
        why.addAll(plan.why());
        List<Departure> departures = plan.departures();
        if (!departures.isEmpty() && order.mode() == UpkeepOrder.Mode.RUN) {
            long before = before(dataset, files, departures);
            Departures.Prepared prepared = table.departures().prepare(departures);
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
        table.departures()
                .look(
                        dataset,
                        first,
                        memory,
                        (position, place, came, event, partition) -> lowest[0] = Math.min(lowest[0], place));
        return lowest[0];
    }
}
