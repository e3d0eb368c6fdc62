// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.FileCopies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.exceptions.NotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * Copies a table as it is when this is made, whatever is committed meanwhile: none of its files changes, and what a commit
 * replaces stays for its grace.
 */
public final class TableCopy {
    private final LocalTableOperations operations;
    private final Path location;
    private final @Nullable TableMetadata metadata;
    private final Path metadataFile;

    public TableCopy(DurableFiles files, Path location) throws IOException {
        this.location = location;
        this.operations = new LocalTableOperations(files, location);
        try {
            this.metadata = operations.refresh();
        } catch (UncheckedIOException | NotFoundException e) {
            throw new IOException("reading the metadata of " + location, e);
        }
        this.metadataFile = operations.metadataFile();
    }

    public void copyTo(Path target, FileCopies copies) throws IOException {
        TableMetadata read = metadata;
        if (read == null) {
            return;
        }
        Set<Path> live = new LinkedHashSet<>();
        Set<Path> old = new LinkedHashSet<>();
        try {
            for (Snapshot snapshot : read.snapshots()) {
                boolean isCurrent =
                        snapshot.snapshotId() == read.currentSnapshot().snapshotId();
                collect(read, snapshot, isCurrent ? live : old);
            }
        } catch (UncheckedIOException | NotFoundException e) {
            throw new IOException("reading the manifests of " + location, e);
        }
        for (Path file : live) {
            copies.link(file, target.resolve(location.relativize(file)));
        }
        old.removeAll(live);
        for (Path file : old) {
            try {
                copies.link(file, target.resolve(location.relativize(file)));
            } catch (NoSuchFileException expired) {
                // Its snapshot went while we copied; no row of the table is in it.
            }
        }
        // Last, because a table is what its metadata says.
        copies.link(metadataFile, target.resolve(location.relativize(metadataFile)));
        String version = Integer.toString(LocalTableOperations.versionOf(metadataFile));
        copies.write(target.resolve("metadata/version-hint.text"), version.getBytes(StandardCharsets.UTF_8));
    }

    private void collect(TableMetadata read, Snapshot snapshot, Set<Path> into) throws IOException {
        for (String named : SnapshotFiles.of(read, snapshot, operations.io())) {
            into.add(operations.resolve(named));
        }
    }
}
