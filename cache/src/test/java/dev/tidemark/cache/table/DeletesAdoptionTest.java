// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adopted;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.adoption.Sources;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.PartitionData;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.DVFileWriter;
import org.apache.iceberg.deletes.EqualityDeleteWriter;
import org.apache.iceberg.deletes.PositionDelete;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.deletes.PositionDeleteWriter;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.parquet.ParquetUtil;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An Iceberg table with deleted rows is adopted: what is deleted there is no legacy row here. */
class DeletesAdoptionTest {
    private static final int ROWS = 3000;
    private static final Schema SCHEMA = new Schema(
            NestedField.required(1, "n", Types.LongType.get()), Sources.optional(2, "who", Types.StringType.get()));

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private BaseTable table(int formatVersion) throws IOException {
        Path there = Files.createDirectories(directory.resolve("source"));
        LocalTableOperations operations = new LocalTableOperations(new DurableFiles(new LocalDisk()), there);
        operations.prepare();
        operations.commit(
                null,
                TableMetadata.newTableMetadata(
                        SCHEMA,
                        PartitionSpec.unpartitioned(),
                        SortOrder.unsorted(),
                        there.toString(),
                        Map.of("format-version", "" + formatVersion, "commit.retry.num-retries", "0")));
        return new BaseTable(operations, "source");
    }

    /** The numbers {@code [from, from + rows)} with a text. */
    private DataFile file(BaseTable table, String name, long from, int rows, String who) throws IOException {
        List<Map<String, Object>> all = LongStream.range(from, from + rows)
                .mapToObj(n -> Map.<String, Object>of("n", n, "who", who))
                .toList();
        Path data = Sources.withIds(directory.resolve("source/data/" + name), SCHEMA, all);
        var input = table.io().newInputFile(data.toString());
        return DataFiles.builder(PartitionSpec.unpartitioned())
                .withInputFile(input)
                .withMetrics(ParquetUtil.fileMetrics(input, MetricsConfig.getDefault()))
                .build();
    }

    /** Deletes the row of each number, wherever it is. */
    private static DeleteFile byKey(BaseTable table, String name, LongStream numbers) throws IOException {
        Schema key = SCHEMA.select("n");
        EqualityDeleteWriter<Record> writer = Parquet.writeDeletes(
                        table.io().newOutputFile(table.location() + "/data/" + name))
                .createWriterFunc(GenericParquetWriter::create)
                .rowSchema(key)
                .withSpec(PartitionSpec.unpartitioned())
                .equalityFieldIds(1)
                .buildEqualityWriter();
        try (writer) {
            numbers.forEach(n -> writer.write(GenericRecord.create(key).copy("n", n)));
        }
        return writer.toDeleteFile();
    }

    private static DeleteFile byPosition(BaseTable table, DataFile file, LongStream positions) throws IOException {
        PositionDeleteWriter<Record> writer = Parquet.writeDeletes(
                        table.io().newOutputFile(table.location() + "/data/positions.parquet"))
                .createWriterFunc(GenericParquetWriter::create)
                .withSpec(PartitionSpec.unpartitioned())
                .buildPositionWriter();
        try (writer) {
            positions.forEach(at -> writer.write(PositionDelete.<Record>create().set(file.location(), at)));
        }
        return writer.toDeleteFile();
    }

    private static DeleteFile byVector(BaseTable table, DataFile file, LongStream positions) throws IOException {
        OutputFileFactory vectors = OutputFileFactory.builderFor(table, 1, 1)
                .format(FileFormat.PUFFIN)
                .build();
        DVFileWriter writer = new BaseDVFileWriter(vectors, path -> PositionDeleteIndex.empty());
        try (writer) {
            positions.forEach(at -> writer.delete(
                    file.location(),
                    at,
                    table.spec(),
                    new PartitionData(table.spec().partitionType())));
        }
        return writer.result().deleteFiles().getFirst();
    }

    /** New texts for some numbers: what they were is deleted by key in the commit that adds what they are. */
    private void upsert(BaseTable table, String name, long from, int rows) throws IOException {
        RowDelta delta = table.newRowDelta();
        delta.addRows(file(table, name + ".parquet", from, rows, name));
        delta.addDeletes(byKey(table, name + "-deletes.parquet", LongStream.range(from, from + rows)));
        delta.commit();
    }

    private Cache open() throws IOException {
        return Cache.open(
                new Cache.Options(directory.resolve("data"), Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(new LocalDisk()),
                memory,
                ManualClock.started());
    }

    private Adopted adopt(Cache cache, Path copy) throws IOException, AdoptionRefusedException {
        return cache.adopt(new AdoptRequest(
                cache.dataset("logs").orElse(Dataset.unwritten("logs")),
                List.of(copy),
                Adoption.Reach.SINKS,
                (path, rows) -> {}));
    }

    private static List<String> read(Cache cache) throws IOException {
        List<String> rows = new ArrayList<>();
        long before = 0;
        try (RowStream stream =
                cache.readRowsSince(ReadRequest.since(cache.continuation(Scope.whole("logs"), Position.START)))) {
            for (RowBatch next = stream.next(); next != null; next = stream.next()) {
                try (RowBatch batch = next) {
                    BigIntVector n = (BigIntVector) batch.vector("n").orElseThrow();
                    VarCharVector who = (VarCharVector) batch.vector("who").orElseThrow();
                    for (int row = 0; row < batch.rows(); row++) {
                        assertEquals(true, batch.legacyOrdinal(row) > before);
                        before = batch.legacyOrdinal(row);
                        rows.add(n.get(row) + " " + who.getObject(row));
                    }
                }
            }
        }
        return rows;
    }

    private static List<String> expected(LongPredicate deleted, String who) {
        return LongStream.range(0, ROWS)
                .filter(n -> !deleted.test(n))
                .mapToObj(n -> n + " " + who)
                .toList();
    }

    private void assertAdopts(List<String> expected) throws Exception {
        Path copy = directory.resolve("copied");
        Files.move(directory.resolve("source"), copy);
        try (Cache cache = open()) {
            Adopted adopted = adopt(cache, copy);
            assertEquals(expected.size(), adopted.rows());
            assertEquals(expected, read(cache));
            assertEquals(0, cache.state("logs").conservationDelta());
            assertThrows(AdoptionRefusedException.class, () -> adopt(cache, copy));
            assertEquals(expected, read(cache));
        }
        try (Cache cache = open()) {
            assertEquals(expected, read(cache));
        }
    }

    @Test
    @Tag("I16")
    void rowsThatV2DeletesByPositionAreLeftOut() throws Exception {
        BaseTable table = table(2);
        DataFile file = file(table, "rows.parquet", 0, ROWS, "first");
        table.newAppend().appendFile(file).commit();
        table.newRowDelta()
                .addDeletes(byPosition(table, file, LongStream.range(0, ROWS).filter(n -> n % 7 == 0)))
                .commit();
        assertAdopts(expected(n -> n % 7 == 0, "first"));
    }

    @Test
    @Tag("I16")
    void rowsThatADeletionVectorTakesOutAreLeftOut() throws Exception {
        BaseTable table = table(3);
        DataFile file = file(table, "rows.parquet", 0, ROWS, "first");
        table.newAppend().appendFile(file).commit();
        table.newRowDelta()
                .addDeletes(byVector(table, file, LongStream.range(0, ROWS).filter(n -> n % 5 != 0)))
                .commit();
        assertAdopts(expected(n -> n % 5 != 0, "first"));
    }

    @Test
    @Tag("I16")
    void anUpsertedTableIsAdoptedOnceAndNotTwice() throws Exception {
        BaseTable table = table(2);
        table.newAppend()
                .appendFile(file(table, "rows.parquet", 0, ROWS, "first"))
                .commit();
        upsert(table, "second", 100, 500);
        upsert(table, "third", 300, 100);
        List<String> expected = new ArrayList<>(expected(n -> n >= 100 && n < 600, "first"));
        LongStream.range(100, 600)
                .filter(n -> n < 300 || n >= 400)
                .mapToObj(n -> n + " second")
                .forEach(expected::add);
        LongStream.range(300, 400).mapToObj(n -> n + " third").forEach(expected::add);
        assertAdopts(expected);
    }

    @Test
    void aFileWhoseRowsAreAllDeletedLeavesNone() throws Exception {
        BaseTable table = table(2);
        table.newAppend()
                .appendFile(file(table, "rows.parquet", 0, 10, "first"))
                .commit();
        upsert(table, "second", 0, 10);
        assertAdopts(LongStream.range(0, 10).mapToObj(n -> n + " second").toList());
    }

    @Test
    void aTableOfFormatOneIsAdopted() throws Exception {
        BaseTable table = table(1);
        table.newAppend()
                .appendFile(file(table, "rows.parquet", 0, ROWS, "first"))
                .commit();
        assertAdopts(expected(n -> false, "first"));
    }
}
