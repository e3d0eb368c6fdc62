// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionData;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.DVFileWriter;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.OutputFileFactory;
import org.jspecify.annotations.Nullable;

/** Another process that commits to a dataset's table as any engine may; what it writes it syncs. */
public final class ForeignEngine {
    private final Disk disk;
    private final Path location;

    public ForeignEngine(Disk disk, Path location) {
        this.disk = disk;
        this.location = location;
    }

    Table table() {
        return new BaseTable(new LocalTableOperations(new DurableFiles(disk), location), "foreign");
    }

    /** Whether there is anything to do something to. */
    public boolean hasRows() throws IOException {
        return disk.exists(location.resolve("metadata/v1.metadata.json")) && table().currentSnapshot() != null;
    }

    /** Puts another file with the same rows in the place of a live one that has sequences (LLP 0011, Thin) and no deletes. */
    public void rewrite(int which) throws IOException {
        Table table = table();
        List<DataFile> live = new ArrayList<>();
        try (CloseableIterable<FileScanTask> tasks =
                table.newScan().includeColumnStats().planFiles()) {
            tasks.forEach(task -> {
                if (task.deletes().isEmpty() && !isLegacy(task.file())) {
                    live.add(task.file());
                }
            });
        }
        if (live.isEmpty()) {
            return;
        }
        DataFile old = live.get(which % live.size());
        Path copy = location.resolve("data/" + UUID.randomUUID() + ".parquet");
        try (DiskFile target = disk.create(copy)) {
            target.write(ByteBuffer.wrap(new DurableFiles(disk).readAll(Path.of(old.location()))), 0);
            target.sync();
        }
        disk.syncDirectory(location.resolve("data"));
        DataFile rewritten = DataFiles.builder(table.spec())
                .copy(old)
                .withPath(copy.toString())
                .build();
        table.newRewrite()
                .validateFromSnapshot(table.currentSnapshot().snapshotId())
                .deleteFile(old)
                .addFile(rewritten)
                .commit();
    }

    private static boolean isLegacy(DataFile file) {
        return Path.of(file.location()).getFileName().toString().startsWith("legacy-");
    }

    /** Deletes rows of files without gaps in place, by deletion vectors that take the place of those that there are. */
    public void deleteRows(Set<Long> sequences) throws IOException {
        BaseTable table = (BaseTable) table();
        List<FileIndex.Live> files = FileIndex.read(table.operations().current(), table.currentSnapshot(), table.io())
                .files();
        OutputFileFactory vectors = OutputFileFactory.builderFor(table, 1, 1)
                .format(FileFormat.PUFFIN)
                .build();
        DVFileWriter writer = new BaseDVFileWriter(vectors, path -> deleted(table, files, path));
        try (writer) {
            for (FileIndex.Live file : files) {
                for (long each : sequences) {
                    if (each >= file.lower() && each <= file.upper()) {
                        writer.delete(
                                file.path(),
                                each - file.lower(),
                                table.spec(),
                                new PartitionData(table.spec().partitionType()));
                    }
                }
            }
        }
        RowDelta delta =
                table.newRowDelta().validateFromSnapshot(table.currentSnapshot().snapshotId());
        writer.result().deleteFiles().forEach(delta::addDeletes);
        writer.result().rewrittenDeleteFiles().forEach(delta::removeDeletes);
        delta.commit();
    }

    private static PositionDeleteIndex deleted(Table table, List<FileIndex.Live> files, String path) {
        for (FileIndex.Live file : files) {
            DeletionVector before = file.deletes();
            if (before != null && file.path().equals(path)) {
                try {
                    return before.read(table.io());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return PositionDeleteIndex.empty();
    }

    /** Deletes the file that came last, whole. */
    public void deleteNewestFile() throws IOException {
        Table table = table();
        List<DataFile> live = new ArrayList<>();
        try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
            tasks.forEach(task -> live.add(task.file()));
        }
        DataFile newest = Collections.max(live, Comparator.comparing(DataFile::dataSequenceNumber));
        table.newDelete().deleteFile(newest).commit();
    }

    /** The files that are live, by the last part of their names. */
    public Set<String> files() throws IOException {
        Set<String> live = new HashSet<>();
        try (CloseableIterable<FileScanTask> tasks = table().newScan().planFiles()) {
            tasks.forEach(task ->
                    live.add(Path.of(task.file().location()).getFileName().toString()));
        }
        return live;
    }

    /** Forgets all snapshots but the current one, and deletes what only they had. */
    public void expire() {
        table().expireSnapshots().expireOlderThan(Long.MAX_VALUE).retainLast(1).commit();
    }

    /** Goes back to the snapshot before the current one; the current one, or null when there is none before it. */
    public @Nullable Long rollBack() {
        Table table = table();
        Snapshot current = table.currentSnapshot();
        Long parent = current.parentId();
        if (parent == null || table.snapshot(parent) == null) {
            return null;
        }
        table.manageSnapshots().rollbackTo(parent).commit();
        return current.snapshotId();
    }

    public void rollForward(long snapshot) {
        table().manageSnapshots().setCurrentSnapshot(snapshot).commit();
    }
}
