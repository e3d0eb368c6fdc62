// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.iceberg.CallingThread;
import dev.tidemark.sinks.IcebergDestination.Maintenance;
import dev.tidemark.sinks.MaintenanceOrder.Mode;
import dev.tidemark.sinks.TableReport;
import dev.tidemark.sinks.TableReport.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.data.GenericDeleteFilter;
import org.apache.iceberg.data.IdentityPartitionConverters;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.util.PartitionUtil;
import org.jspecify.annotations.Nullable;

/**
 * Makes few files of many, with the same rows, and commits once.
 *
 * <p>Rows in equal rows out, by count and keyed sum over their values and their lineage, the out side read back from the files
 * that were written (I12). Whatever happens to the commit, files are deleted only when it is certain that no table names them.
 */
final class Rewrite {
    private static final ExecutorService HERE = new CallingThread();
    private static final String MARK = "tidemark-rewrite";
    private static final int LINEAGE_VERSION = 3;

    /** Has lineage read from a file that has it; from one that has not it would come out as nobody's. */
    private static final Map<Integer, Long> LINEAGE_IN_FILE =
            Map.of(MetadataColumns.ROW_ID.fieldId(), 0L, MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER.fieldId(), 0L);

    private static final int KEY_BYTES = 16;

    private final Map<String, List<String>> lookups;
    private final DurableFiles files;
    private final Path scratch;
    private final SecureRandom random = new SecureRandom();

    Rewrite(Map<String, List<String>> lookups, DurableFiles files, Path scratch) {
        this.lookups = lookups;
        this.files = files;
        this.scratch = scratch;
    }

    TableReport run(String dataset, TableOperations operations, Maintenance limits, Mode mode) throws IOException {
        BaseTable table = new BaseTable(operations, dataset);
        Snapshot base = table.currentSnapshot();
        if (base == null) {
            return TableReport.of(dataset, Outcome.BELOW_THRESHOLD, null);
        }
        RewritePlan plan;
        try (CloseableIterable<FileScanTask> live =
                table.newScan().useSnapshot(base.snapshotId()).planWith(HERE).planFiles()) {
            plan = RewritePlan.of(live, table.spec().specId(), UnitFiles.targetBytes(table), limits);
        }
        if (plan.isEmpty()) {
            return TableReport.of(dataset, Outcome.BELOW_THRESHOLD, null);
        }
        if (plan.chosen().isEmpty()) {
            return report(dataset, Outcome.ABOVE_BYTE_CAP, plan, 0, 0, "compact_max_bytes is " + limits.compactBytes());
        }
        if (mode == Mode.DRY_RUN) {
            return report(dataset, Outcome.COMPACTED, plan, 0, 0, "a dry run: nothing was rewritten");
        }
        List<String> staged = new ArrayList<>();
        List<DataFile> written = new ArrayList<>();
        long rows = 0;
        try {
            for (RewritePlan.Partition partition : plan.chosen()) {
                rows += write(table, partition, staged, written);
            }
        } catch (IOException | RuntimeException e) {
            delete(operations, staged, e);
            throw e;
        }
        return commit(table, base, plan, written, staged, rows);
    }

    private static TableReport report(
            String dataset, Outcome outcome, RewritePlan plan, int filesOut, long rows, @Nullable String message) {
        return new TableReport(
                dataset,
                outcome,
                0,
                0,
                plan.chosen().size(),
                plan.files(),
                filesOut,
                rows,
                plan.bytes(),
                plan.remaining(),
                message);
    }

    /** Writes the rows of one partition anew, a target's worth at a time; how many they are. */
    private long write(BaseTable table, RewritePlan.Partition partition, List<String> staged, List<DataFile> written)
            throws IOException {
        Schema schema = schema(table);
        long target = UnitFiles.targetBytes(table);
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        RowSum in = new RowSum(key, schema.columns());
        RowSum out = new RowSum(key, schema.columns());
        List<FileScanTask> group = new ArrayList<>();
        long bytes = 0;
        List<DataFile> mine = new ArrayList<>();
        for (FileScanTask task : partition.files()) {
            group.add(task);
            bytes += task.file().fileSizeInBytes();
            if (bytes >= target) {
                mine.addAll(writeGroup(table, schema, group, in, staged));
                group.clear();
                bytes = 0;
            }
        }
        if (!group.isEmpty()) {
            mine.addAll(writeGroup(table, schema, group, in, staged));
        }
        for (DataFile file : mine) {
            try (CloseableIterable<Record> rows = read(table, schema, file.location(), LINEAGE_IN_FILE)) {
                rows.forEach(out::add);
            }
        }
        if (!in.isEqualTo(out)) {
            throw new IllegalStateException("a rewrite of " + partition.files().size() + " files of " + table.location()
                    + " had " + in.rows() + " rows and wrote " + out.rows() + " that are not the same");
        }
        written.addAll(mine);
        return in.rows();
    }

    private List<DataFile> writeGroup(
            BaseTable table, Schema schema, List<FileScanTask> group, RowSum in, List<String> staged)
            throws IOException {
        RecordColumns columns = RecordColumns.of(schema);
        files.createDirectories(scratch);
        Integer day = group.getFirst().file().partition().get(0, Integer.class);
        try (RecordSort sort = new RecordSort(columns, order(table), files.disk(), scratch);
                DataFileWriter writer = new DataFileWriter(
                        table,
                        columns.columns(),
                        sortOrder(table),
                        Set.of(RowBatch.SEQUENCE, RowBatch.LEGACY_ORDINAL, MetadataColumns.ROW_ID.name()),
                        staged::add,
                        UnitFiles.targetBytes(table))) {
            for (FileScanTask task : group) {
                GenericDeleteFilter deletes = new GenericDeleteFilter(table.io(), task, table.schema(), schema);
                Map<Integer, ?> constants =
                        PartitionUtil.constantsMap(task, IdentityPartitionConverters::convertConstant);
                try (CloseableIterable<Record> rows = deletes.filter(
                        read(table, deletes.requiredSchema(), task.file().location(), constants))) {
                    for (Record row : rows) {
                        in.add(row);
                        sort.add(row);
                    }
                }
            }
            sort.finish((batches, places) -> writer.write(day == null ? RowOrder.NO_DAY : day, batches, places));
            return writer.finish();
        } catch (UncheckedIOException e) {
            throw new IOException("rewriting " + table.location(), e);
        }
    }

    private static Schema schema(BaseTable table) {
        return table.operations().current().formatVersion() >= LINEAGE_VERSION
                ? MetadataColumns.schemaWithRowLineage(table.schema())
                : table.schema();
    }

    private static CloseableIterable<Record> read(
            BaseTable table, Schema schema, String location, Map<Integer, ?> constants) {
        return Parquet.read(table.io().newInputFile(location))
                .project(schema)
                .createReaderFunc(file -> GenericParquetReaders.buildReader(schema, file, constants))
                .build();
    }

    /** As the sink sorts: by the lookup columns that the table has, then by the rows' own order. */
    private List<String> order(BaseTable table) {
        return Stream.concat(
                        lookups.getOrDefault(table.name(), List.of()).stream(),
                        Stream.of(RowBatch.SEQUENCE, RowBatch.LEGACY_ORDINAL))
                .filter(name -> table.schema().findField(name) != null)
                .toList();
    }

    private SortOrder sortOrder(BaseTable table) {
        SortOrder.Builder own = SortOrder.builderFor(table.schema());
        order(table).stream()
                .filter(name -> !name.equals(RowBatch.LEGACY_ORDINAL))
                .forEach(own::asc);
        SortOrder wanted = own.build();
        return table.sortOrders().values().stream()
                .filter(order -> order.sameOrder(wanted))
                .findFirst()
                .orElse(SortOrder.unsorted());
    }

    private static TableReport commit(
            BaseTable table, Snapshot base, RewritePlan plan, List<DataFile> written, List<String> staged, long rows) {
        String mark = UUID.randomUUID().toString();
        RewriteFiles rewrite =
                table.newRewrite().validateFromSnapshot(base.snapshotId()).dataSequenceNumber(base.sequenceNumber());
        rewrite.set(MARK, mark).scanManifestsWith(HERE);
        Set<String> gone = new HashSet<>();
        plan.chosen()
                .forEach(partition ->
                        partition.files().forEach(task -> gone.add(task.file().location())));
        plan.chosen()
                .forEach(partition -> partition.files().forEach(task -> {
                    rewrite.deleteFile(task.file());
                    vectors(task, gone).forEach(rewrite::deleteFile);
                }));
        written.forEach(rewrite::addFile);
        String name = table.name();
        try {
            // durable: I12 lake.rewrite.commit
            rewrite.commit();
        } catch (RuntimeException e) {
            if (ExportMaintenance.isConflict(e)) {
                delete(table.operations(), staged, e);
                return report(name, Outcome.CONFLICT, plan, 0, 0, "the table changed meanwhile: " + e.getMessage());
            }
            if (!hasLanded(table, mark)) {
                return report(
                        name,
                        Outcome.ERROR,
                        plan,
                        0,
                        0,
                        "it is not known whether the rewrite was committed (" + e.getMessage()
                                + "); what was written stays, " + staged.size() + " files such as "
                                + staged.getFirst());
            }
        }
        return report(name, Outcome.COMPACTED, plan, written.size(), rows, null);
    }

    /** Deletion vectors of the files that go, which would be left with nothing to delete from. */
    private static Stream<DeleteFile> vectors(FileScanTask task, Set<String> gone) {
        return task.deletes().stream()
                .filter(delete -> delete.format() == FileFormat.PUFFIN
                        && delete.referencedDataFile() != null
                        && gone.contains(delete.referencedDataFile()));
    }

    private static boolean hasLanded(BaseTable table, String mark) {
        try {
            table.refresh();
            return StreamSupport.stream(table.snapshots().spliterator(), false)
                    .anyMatch(snapshot -> mark.equals(snapshot.summary().get(MARK)));
        } catch (RuntimeException unknown) {
            return false; // Then it stays unknown.
        }
    }

    private static void delete(TableOperations operations, List<String> staged, Exception because) {
        for (String location : staged) {
            try {
                operations.io().deleteFile(location);
            } catch (RuntimeException e) {
                because.addSuppressed(e);
            }
        }
    }
}
