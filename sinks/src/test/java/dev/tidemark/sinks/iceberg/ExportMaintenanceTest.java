// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import static dev.tidemark.sinks.iceberg.LakeUnits.HOST;
import static dev.tidemark.sinks.iceberg.LakeUnits.N;
import static dev.tidemark.sinks.iceberg.LakeUnits.TS;
import static dev.tidemark.sinks.iceberg.LakeUnits.dataset;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.sinks.Delivery;
import dev.tidemark.sinks.IcebergDestination.Maintenance;
import dev.tidemark.sinks.MaintenanceOrder;
import dev.tidemark.sinks.MaintenanceOrder.Mode;
import dev.tidemark.sinks.MaintenanceOrder.Work;
import dev.tidemark.sinks.Shipment;
import dev.tidemark.sinks.TableReport;
import dev.tidemark.sinks.TableReport.Outcome;
import dev.tidemark.sinks.iceberg.UnruledTables.Trouble;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.OutputFileFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What looking after tables changes, and what it leaves alone. */
@Tag("I12")
@Tag("I17")
class ExportMaintenanceTest {
    private static final Dataset LOGS = dataset(TS, N, HOST);
    private static final MaintenanceOrder USUAL = new MaintenanceOrder(Work.EXPIRE, Mode.REAL, null);
    private static final MaintenanceOrder COMPACT = new MaintenanceOrder(Work.COMPACT, Mode.REAL, null);
    private static final Maintenance LIMITS = new Maintenance(2, Duration.ofDays(365_000), 4, 1 << 20);

    @TempDir
    private Path directory;

    private LakeUnits units;
    private IcebergSink sink;

    @BeforeEach
    void open() throws IOException {
        units = new LakeUnits(directory);
        sink = units.sink(units.tables(), "lake", List.of("host"));
    }

    private TableReport maintain(Tables tables, Maintenance limits, MaintenanceOrder order) throws IOException {
        return new ExportMaintenance(
                        tables,
                        limits,
                        new Rewrite(Map.of("logs", List.of("host")), units.files, directory.resolve("scratch")),
                        new ManualClock(Instant.now().plus(Duration.ofDays(10))))
                .run(List.of("logs"), order)
                .getFirst();
    }

    private void fill(int files, @Nullable String... times) throws IOException {
        for (int i = 0; i < files; i++) {
            units.deliver(sink, LOGS, Arrays.asList(times));
        }
    }

    private Set<String> rowsWithLineage() throws IOException {
        Table table = units.reader().table();
        Schema schema = MetadataColumns.schemaWithRowLineage(table.schema());
        try (CloseableIterable<Record> rows =
                IcebergGenerics.read(table).project(schema).build()) {
            Set<String> all = new TreeSet<>();
            // Where rows were deleted, a record also has its place in the file.
            rows.forEach(row -> all.add(schema.columns().stream()
                    .map(field -> field.name() + "=" + row.getField(field.name()))
                    .collect(Collectors.joining(" "))));
            return all;
        }
    }

    @Test
    void theUsualRunLetsOldSnapshotsGoAndRewritesNothing() throws IOException {
        fill(6, "2026-01-01T00:00:00Z");
        Set<String> before = paths();
        TableReport report = maintain(units.tables(), new Maintenance(2, Duration.ofDays(1), 2, 1 << 20), USUAL);
        assertEquals(Outcome.BELOW_THRESHOLD, report.outcome());
        assertEquals(4, report.expired());
        assertEquals(before, paths());
        assertEquals(6, units.reader().rows().size());
    }

    @Test
    @Tag("I10")
    void aUnitThatIsSentAgainMuchLaterNamesNoFileThatWasTakenForAnOrphan() throws IOException {
        fill(1, "2026-01-01T00:00:00Z");
        IcebergSink waiting =
                units.sink(new UnruledTables(units.tables(), Trouble.REQUEST_LOST, 1), "lake", List.of("host"));
        Shipment shipment = units.shipment(LOGS, new Position(0, 1), Arrays.asList("2026-01-01T00:00:00Z", null));
        assertInstanceOf(Delivery.Unknown.class, waiting.deliver(shipment));
        units.clock.advance(Duration.ofDays(10));
        MaintenanceOrder orphans = new MaintenanceOrder(Work.EXPIRE, Mode.REAL, Duration.ofDays(3));
        assertTrue(maintain(units.tables(), LIMITS, orphans).orphans() > 0);

        assertInstanceOf(Delivery.Delivered.class, waiting.deliver(shipment));
        assertEquals(List.of(1L, 2L, 3L), units.reader().longs("_ingest_seq"));
    }

    @Test
    void whatIsYoungStays() throws IOException {
        fill(6, "2026-01-01T00:00:00Z");
        assertEquals(0, maintain(units.tables(), LIMITS, USUAL).expired());
    }

    @Test
    void aTableThatIsNotThereIsSaidToBeNone() throws IOException {
        assertEquals(Outcome.NO_TABLE, maintain(units.tables(), LIMITS, COMPACT).outcome());
    }

    @Test
    void aRewriteKeepsEveryRowWithItsLineageAndTheNextOneFindsNothing() throws IOException {
        fill(5, "2026-01-01T00:00:00Z", null, "2026-01-02T00:00:00Z");
        Set<String> before = rowsWithLineage();
        TableReport report = maintain(units.tables(), LIMITS, COMPACT);
        assertEquals(Outcome.COMPACTED, report.outcome(), report::toString);
        assertEquals(15, report.filesIn());
        assertEquals(3, report.filesOut());
        assertEquals(15, report.rows());
        assertEquals(before, rowsWithLineage());
        assertEquals(3, units.reader().dataFiles().size());
        assertEquals(
                Outcome.BELOW_THRESHOLD,
                maintain(units.tables(), LIMITS, COMPACT).outcome());
        fill(1, "2026-01-01T00:00:00Z");
        assertEquals(16, units.reader().rows().size());
    }

    @Test
    @SuppressWarnings("NullAway") // No vector was there before, which the library says with null.
    void rowsThatADeletionVectorTookOutAreNotWrittenAgain() throws IOException {
        fill(5, "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z");
        Table table = units.reader().table();
        OutputFileFactory vectors = OutputFileFactory.builderFor(table, 1, 1)
                .format(FileFormat.PUFFIN)
                .build();
        BaseDVFileWriter writer = new BaseDVFileWriter(vectors, path -> null);
        try (writer) {
            for (DataFile file : units.reader().dataFiles().subList(0, 3)) {
                writer.delete(file.location(), 1, table.spec(), file.partition());
            }
        }
        RowDelta delta = table.newRowDelta();
        writer.result().deleteFiles().forEach(delta::addDeletes);
        delta.commit();
        Set<String> before = rowsWithLineage();
        assertEquals(7, before.size());
        TableReport report = maintain(units.tables(), LIMITS, COMPACT);
        assertEquals(Outcome.COMPACTED, report.outcome(), report::toString);
        assertEquals(7, report.rows());
        assertEquals(before, rowsWithLineage());
        assertEquals("0", units.reader().table().currentSnapshot().summary().get("total-delete-files"));
    }

    @Test
    void theNeediestPartitionsComeFirstAndTheRestIsSaidToRemain() throws IOException {
        fill(4, "2026-01-01T00:00:00Z");
        fill(6, "2026-01-02T00:00:00Z");
        long bytes = units.reader().dataFiles().getFirst().fileSizeInBytes();
        Maintenance tight = new Maintenance(2, Duration.ofDays(1), 4, bytes * 8);
        TableReport report = maintain(units.tables(), tight, COMPACT);
        assertEquals(Outcome.COMPACTED, report.outcome());
        assertEquals(6, report.filesIn());
        assertEquals(1, report.remaining());
        TableReport none = maintain(units.tables(), new Maintenance(2, Duration.ofDays(1), 4, 10), COMPACT);
        assertEquals(Outcome.ABOVE_BYTE_CAP, none.outcome());
        assertEquals(1, none.remaining());
    }

    @Test
    void aDryRunChangesNothing() throws IOException {
        fill(5, "2026-01-01T00:00:00Z");
        Set<String> before = all();
        TableReport report = maintain(
                units.tables(),
                new Maintenance(1, Duration.ofDays(1), 4, 1 << 20),
                new MaintenanceOrder(Work.COMPACT, Mode.DRY_RUN, Duration.ofHours(1)));
        assertEquals(5, report.filesIn());
        assertEquals(4, report.expired());
        assertEquals(before, all());
    }

    @Test
    void aRewriteThatSomebodyElseForestalledTakesAwayWhatItWrote() throws IOException {
        fill(5, "2026-01-01T00:00:00Z");
        TableReport report = maintain(new UnruledTables(units.tables(), Trouble.OVERTAKEN, 1), LIMITS, COMPACT);
        assertEquals(Outcome.CONFLICT, report.outcome(), report::toString);
        assertEquals(5, parquet());
        assertEquals(5, units.reader().rows().size());
    }

    @Test
    @Tag("I15")
    void aRewriteWhoseAnswerWasLostIsLookedFor() throws IOException {
        fill(5, "2026-01-01T00:00:00Z");
        TableReport report = maintain(new UnruledTables(units.tables(), Trouble.ANSWER_LOST, 1), LIMITS, COMPACT);
        assertEquals(Outcome.COMPACTED, report.outcome(), report::toString);
        assertEquals(1, units.reader().dataFiles().size());
    }

    @Test
    @Tag("I15")
    void aRewriteOfWhichNobodyKnowsLeavesItsFilesAndSaysWhere() throws IOException {
        fill(5, "2026-01-01T00:00:00Z");
        TableReport report = maintain(new UnruledTables(units.tables(), Trouble.REQUEST_LOST, 1), LIMITS, COMPACT);
        assertEquals(Outcome.ERROR, report.outcome());
        assertTrue(String.valueOf(report.message()).contains(".parquet"), report::toString);
        assertEquals(6, parquet());
        assertEquals(5, units.reader().rows().size());
    }

    @Test
    void onlyOldFilesThatNothingNamesGo() throws IOException {
        fill(2, "2026-01-01T00:00:00Z");
        maintain(
                new UnruledTables(units.tables(), Trouble.REQUEST_LOST, 1),
                new Maintenance(2, Duration.ofDays(365_000), 2, 1 << 20),
                COMPACT);
        int before = all().size();
        MaintenanceOrder old = new MaintenanceOrder(Work.EXPIRE, Mode.REAL, Duration.ofDays(11));
        assertEquals(0, maintain(units.tables(), LIMITS, old).orphans());
        assertEquals(before, all().size());
        MaintenanceOrder all = new MaintenanceOrder(Work.EXPIRE, Mode.REAL, Duration.ofDays(3));
        TableReport report = maintain(units.tables(), LIMITS, all);
        assertTrue(report.orphans() >= 1, report::toString);
        assertEquals(2, parquet());
        assertEquals(2, units.reader().rows().size());
        fill(1, "2026-01-01T00:00:00Z");
        assertEquals(3, units.reader().rows().size());
    }

    private long parquet() throws IOException {
        return all().stream().filter(name -> name.endsWith(".parquet")).count();
    }

    private Set<String> all() throws IOException {
        return units.tables().files("logs").stream()
                .map(Shelf.Found::location)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> paths() throws IOException {
        return units.reader().dataFiles().stream().map(file -> file.location()).collect(Collectors.toSet());
    }
}
