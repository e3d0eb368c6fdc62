// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.files.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericDeleteFilter;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.mapping.MappingUtil;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.parquet.ParquetSchemaUtil;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * One file that is to be adopted, and how its rows are to be understood.
 *
 * @param schema the columns that its rows have, with the ids that lead to them
 * @param names leads to them where the file has no ids
 * @param constants values that all of its rows have, and the file does not hold
 * @param task what a table says of the file, its columns and its deleted rows; null when the file stands for itself
 */
record AdoptionSource(
        ParquetSource file,
        Schema schema,
        @Nullable NameMapping names,
        Map<Integer, ?> constants,
        @Nullable FileScanTask task) {
    private static final NestedField POSITION = MetadataColumns.ROW_POSITION;

    /** A Parquet file that stands for itself. */
    static AdoptionSource ofFile(Path path, Disk disk) throws IOException, AdoptionRefusedException {
        ParquetSource file = ParquetSource.read(path, new DiskFileIO(disk).newInputFile(path.toString()));
        MessageType columns = file.columns();
        boolean hasIds = ParquetSchemaUtil.hasIds(columns);
        if (hasIds && !hasAllIds(columns)) {
            throw new AdoptionRefusedException(
                    path + " gives field ids to some of its columns only", "write it anew without field ids");
        }
        return new AdoptionSource(
                file, file.schema(), hasIds ? null : MappingUtil.create(file.schema()), Map.of(), null);
    }

    private static boolean hasAllIds(GroupType group) {
        for (Type field : group.getFields()) {
            if (field.isPrimitive() ? field.getId() == null : !hasAllIds(field.asGroupType())) {
                return false;
            }
        }
        return true;
    }

    /** Whether a table says what the columns are, rather than the file itself. */
    boolean ofTable() {
        return task != null;
    }

    boolean hasDeletes() {
        return task != null && !task.deletes().isEmpty();
    }

    /**
     * Its rows that are not deleted, one after the other; a row is good until the next.
     *
     * <p>Where some may be deleted, the last of the columns says where in the file a row lies.
     */
    CloseableIterable<Record> rows(FileIO io) {
        if (task == null || task.deletes().isEmpty()) {
            return read(io, schema);
        }
        GenericDeleteFilter filter = new GenericDeleteFilter(io, task, schema, withPosition());
        return filter.filter(read(io, filter.requiredSchema()));
    }

    /** Where in a row with deletes its place in the file stands. */
    int positionColumn() {
        return schema.columns().size();
    }

    private Schema withPosition() {
        List<NestedField> fields = new ArrayList<>(schema.columns());
        fields.add(POSITION);
        return new Schema(fields);
    }

    private CloseableIterable<Record> read(FileIO io, Schema wanted) {
        Parquet.ReadBuilder reading = Parquet.read(io.newInputFile(file.path().toString()))
                .project(wanted)
                .reuseContainers()
                .createReaderFunc(columns -> GenericParquetReaders.buildReader(wanted, columns, constants));
        if (names != null) {
            reading.withNameMapping(names);
        }
        return reading.build();
    }
}
