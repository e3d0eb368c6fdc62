// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.iceberg.CallingThread;
import dev.tidemark.sinks.IcebergDestination;
import dev.tidemark.sinks.MaintenanceOrder;
import dev.tidemark.sinks.MaintenanceOrder.Mode;
import dev.tidemark.sinks.MaintenanceOrder.Work;
import dev.tidemark.sinks.TableReport;
import dev.tidemark.sinks.TableReport.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.ExpireSnapshots;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.util.PropertyUtil;

/**
 * Looks after the tables of an Iceberg sink, from whatever process, beside whoever writes to them.
 *
 * <p>It always lets go of old snapshots; it rewrites only when it was asked to, and deletes unnamed files only then too.
 */
public final class ExportMaintenance implements AutoCloseable {
    private static final ExecutorService HERE = new CallingThread();

    private final Tables tables;
    private final IcebergDestination.Maintenance limits;
    private final Rewrite rewrite;
    private final InstantSource clock;

    /**
     * Opens nothing yet.
     *
     * @param scratch a directory for temporary files, emptied after use
     */
    public static ExportMaintenance of(
            IcebergDestination destination, DurableFiles files, Path scratch, InstantSource clock) {
        return new ExportMaintenance(
                Tables.of(destination, files),
                destination.maintenance(),
                new Rewrite(destination.lookups(), files, scratch),
                clock);
    }

    ExportMaintenance(Tables tables, IcebergDestination.Maintenance limits, Rewrite rewrite, InstantSource clock) {
        this.tables = tables;
        this.limits = limits;
        this.rewrite = rewrite;
        this.clock = clock;
    }

    /** The warehouse and the namespace in one line. */
    public String place() {
        return tables.place();
    }

    /** Lets go of connections. */
    @Override
    public void close() {
        tables.close();
    }

    /**
     * Looks after some tables, or all that there are; what is wrong with one leaves the others.
     *
     * @param wanted datasets; empty for all
     * @throws IOException when it cannot be found out which tables there are
     */
    public List<TableReport> run(List<String> wanted, MaintenanceOrder order) throws IOException {
        List<TableReport> reports = new ArrayList<>();
        for (String dataset : wanted.isEmpty() ? tables.list() : wanted) {
            try {
                reports.add(run(dataset, order));
            } catch (IOException | RuntimeException e) {
                reports.add(TableReport.of(dataset, Outcome.ERROR, String.valueOf(e)));
            }
        }
        return reports;
    }

    private TableReport run(String dataset, MaintenanceOrder order) throws IOException {
        Optional<TableOperations> found = tables.find(dataset);
        if (found.isEmpty()) {
            return TableReport.of(dataset, Outcome.NO_TABLE, null);
        }
        TableOperations operations = found.get();
        TableReport report = order.work() == Work.COMPACT
                ? rewrite.run(dataset, operations, limits, order.mode())
                : TableReport.of(dataset, Outcome.BELOW_THRESHOLD, null);
        try {
            int expired = expire(new BaseTable(operations, dataset), order.mode());
            int orphans = order.orphans() == null
                    ? 0
                    : new Orphans(tables, operations)
                            .remove(dataset, clock.instant().minus(order.orphans()), order.mode());
            return report.after(expired, orphans);
        } catch (CommitFailedException lost) {
            return TableReport.of(dataset, Outcome.CONFLICT, "somebody else committed while old snapshots were let go");
        } catch (CommitStateUnknownException unknown) {
            return TableReport.of(
                    dataset, Outcome.ERROR, "it is not known whether snapshots went; no file of theirs was deleted");
        }
    }

    private int expire(BaseTable table, Mode mode) {
        table.refresh();
        if (!PropertyUtil.propertyAsBoolean(table.properties(), "gc.enabled", true)) {
            return 0;
        }
        ExpireSnapshots expiry = table.expireSnapshots()
                .expireOlderThan(clock.instant().minus(limits.snapshotAge()).toEpochMilli())
                .retainLast(limits.snapshotsMin())
                .executeDeleteWith(HERE)
                .planWith(HERE);
        List<Snapshot> expired = expiry.apply();
        if (!expired.isEmpty() && mode == Mode.REAL) {
            expiry.commit();
        }
        return expired.size();
    }

    /** What a rewrite throws when the table is not any more what it was planned on. */
    static boolean isConflict(RuntimeException e) {
        return e instanceof CommitFailedException || e instanceof ValidationException;
    }
}
