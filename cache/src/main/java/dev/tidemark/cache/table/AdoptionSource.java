// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.files.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.mapping.MappingUtil;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.parquet.ParquetSchemaUtil;
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
 * @param ofTable whether a table says what the columns are, rather than the file itself
 */
record AdoptionSource(
        ParquetSource file, Schema schema, @Nullable NameMapping names, Map<Integer, ?> constants, boolean ofTable) {

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
                file, file.schema(), hasIds ? null : MappingUtil.create(file.schema()), Map.of(), false);
    }

    private static boolean hasAllIds(GroupType group) {
        for (Type field : group.getFields()) {
            if (field.isPrimitive() ? field.getId() == null : !hasAllIds(field.asGroupType())) {
                return false;
            }
        }
        return true;
    }

    /** Its rows, one after the other; a row is good until the next. */
    CloseableIterable<Record> rows(FileIO io) {
        Parquet.ReadBuilder reading = Parquet.read(io.newInputFile(file.path().toString()))
                .project(schema)
                .reuseContainers()
                .createReaderFunc(columns -> GenericParquetReaders.buildReader(schema, columns, constants));
        if (names != null) {
            reading.withNameMapping(names);
        }
        return reading.build();
    }
}
