// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.PartitionData;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.DVFileWriter;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.mapping.NameMappingParser;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types.NestedField;

/**
 * The rows of a table as Iceberg's own generic reader gives them, with lineage; and a way to delete some of them in place.
 *
 * <p>A row's place is its sequence, or its legacy ordinal with a minus.
 */
public final class GenericRows {
    private final BaseTable table;
    private final SortedMap<Long, String> rows = new TreeMap<>();
    private final Map<Long, At> places = new HashMap<>();
    private final Map<String, PositionDeleteIndex> deleted = new HashMap<>();

    private record At(String file, long position) {}

    private GenericRows(BaseTable table) {
        this.table = table;
    }

    public static GenericRows read(Disk disk, Path location) throws IOException {
        GenericRows read =
                new GenericRows(new BaseTable(new LocalTableOperations(new DurableFiles(disk), location), "generic"));
        read.readAll();
        return read;
    }

    /** Every row by its place: all values of the newest schema, {@code _row_id} and {@code _last_updated_sequence_number}. */
    public SortedMap<Long, String> rows() {
        return rows;
    }

    private void readAll() throws IOException {
        Map<String, FileIndex.Live> live = FileIndex.read(
                        table.operations().current(), table.currentSnapshot(), table.io())
                .all()
                .collect(Collectors.toMap(FileIndex.Live::path, Function.identity()));
        List<FileScanTask> tasks = new ArrayList<>();
        try (CloseableIterable<FileScanTask> planned = table.newScan().planFiles()) {
            planned.forEach(tasks::add);
        }
        for (FileScanTask task : tasks) {
            FileIndex.Live file = Objects.requireNonNull(live.get(task.file().location()));
            DeletionVector vector = task.deletes().isEmpty()
                    ? null
                    : new DeletionVector(task.deletes().getFirst());
            PositionDeleteIndex gone = vector == null ? PositionDeleteIndex.empty() : vector.read(table.io());
            if (vector != null) {
                deleted.put(file.path(), gone);
            }
            read(task.file(), file, gone);
        }
    }

    private void read(DataFile file, FileIndex.Live live, PositionDeleteIndex gone) throws IOException {
        Schema schema = MetadataColumns.schemaWithRowLineage(table.schema());
        Map<Integer, Object> lineage = Map.of(
                MetadataColumns.ROW_ID.fieldId(),
                Objects.requireNonNull(file.firstRowId()),
                MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER.fieldId(),
                Objects.requireNonNull(file.dataSequenceNumber()));
        Parquet.ReadBuilder reading = Parquet.read(table.io().newInputFile(file.location()))
                .project(schema)
                .createReaderFunc(columns -> GenericParquetReaders.buildReader(schema, columns, lineage));
        String names = table.properties().get(TableProperties.DEFAULT_NAME_MAPPING);
        if (names != null && live.placed() == FileIndex.Placed.BY_POSITION) {
            reading.withNameMapping(NameMappingParser.fromJson(names));
        }
        try (CloseableIterable<Record> records = reading.build()) {
            long position = 0;
            for (Record record : records) {
                if (live.placed() == FileIndex.Placed.BY_POSITION) {
                    record.setField("_legacy_ord", live.lower() + position);
                }
                if (!gone.isDeleted(position)) {
                    Long sequence = (Long) record.getField("_ingest_seq");
                    long place = sequence == null ? -(Long) record.getField("_legacy_ord") : sequence;
                    String before = rows.put(place, text(record, schema));
                    if (before != null) {
                        throw new AssertionError("row " + place + " is there twice: " + before);
                    }
                    places.put(place, new At(file.location(), position));
                }
                position++;
            }
        }
    }

    private static String text(Record record, Schema schema) {
        StringBuilder text = new StringBuilder();
        for (NestedField field : schema.columns()) {
            text.append(field.name())
                    .append('=')
                    .append(record.getField(field.name()))
                    .append(' ');
        }
        return text.toString();
    }

    /** Deletes rows in place, as another engine does it. */
    public void delete(List<Long> which) throws IOException {
        OutputFileFactory vectors = OutputFileFactory.builderFor(table, 1, 1)
                .format(FileFormat.PUFFIN)
                .build();
        DVFileWriter writer =
                new BaseDVFileWriter(vectors, path -> deleted.getOrDefault(path, PositionDeleteIndex.empty()));
        try (writer) {
            for (long place : which) {
                At at = Objects.requireNonNull(places.get(place));
                writer.delete(
                        at.file(),
                        at.position(),
                        table.spec(),
                        new PartitionData(table.spec().partitionType()));
            }
        }
        RowDelta delta =
                table.newRowDelta().validateFromSnapshot(table.currentSnapshot().snapshotId());
        writer.result().deleteFiles().forEach(delta::addDeletes);
        writer.result().rewrittenDeleteFiles().forEach(delta::removeDeletes);
        delta.commit();
    }
}
