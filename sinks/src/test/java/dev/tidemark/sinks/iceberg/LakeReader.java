// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/** Reads an exported table as another engine does, with Iceberg's own generic reader. */
public final class LakeReader {
    private final DurableFiles files;
    private final Path table;

    public LakeReader(DurableFiles files, Path table) {
        this.files = files;
        this.table = table;
    }

    public boolean exists() {
        return new VersionedOperations(new DiskShelf(files), table.toString()).refresh() != null;
    }

    public Table table() {
        return new BaseTable(
                new VersionedOperations(new DiskShelf(files), table.toString()),
                table.getFileName().toString());
    }

    public List<Record> rows() throws IOException {
        try (CloseableIterable<Record> rows = IcebergGenerics.read(table()).build()) {
            List<Record> all = new ArrayList<>();
            rows.forEach(all::add);
            return all;
        }
    }

    /** One column of all rows, sorted. */
    public List<Long> longs(String column) throws IOException {
        return rows().stream().map(row -> (Long) row.getField(column)).sorted().toList();
    }

    public List<DataFile> dataFiles() throws IOException {
        try (CloseableIterable<FileScanTask> tasks = table().newScan().planFiles()) {
            List<DataFile> all = new ArrayList<>();
            tasks.forEach(task -> all.add(task.file()));
            return all;
        }
    }
}
