// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Inspection;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.exceptions.NotFoundException;

/**
 * Finds files of a table that no metadata names and that have outlived the grace of {@link MetadataSweep}: an hour and a
 * hundred commits.
 */
final class Unreferenced {
    private final LocalTableOperations operations;
    private final DurableFiles files;
    private final Path location;
    private final Inspection found;

    Unreferenced(LocalTableOperations operations, DurableFiles files, Path location, Inspection found) {
        this.operations = operations;
        this.files = files;
        this.location = location;
        this.found = found;
    }

    /**
     * @param named the files that the current metadata names; added to
     */
    void look(TableMetadata current, Set<Path> named, Instant now) throws IOException {
        List<Path> suspects = new ArrayList<>();
        for (String directory : List.of("data", "metadata")) {
            for (Path file : files.list(location.resolve(directory))) {
                found.examined(1);
                if (isOfIceberg(file) && !named.contains(file) && hasOutlived(file, current, now)) {
                    suspects.add(file);
                }
            }
        }
        if (suspects.isEmpty()) {
            return;
        }
        Set<Long> seen = new HashSet<>();
        for (int version : operations.versions()) {
            name(version, seen, named);
        }
        suspects.stream()
                .filter(file -> !named.contains(file))
                .forEach(file -> found.wrong(file + ": no metadata that is there names it"));
    }

    private static boolean isOfIceberg(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".parquet") || name.endsWith(".avro") || name.endsWith(".puffin");
    }

    private boolean hasOutlived(Path file, TableMetadata current, Instant now) throws IOException {
        Instant modified;
        try {
            modified = files.disk().modified(file);
        } catch (NoSuchFileException gone) {
            return false;
        }
        if (!modified.isBefore(now.minus(MetadataSweep.GRACE))) {
            return false;
        }
        long commitsSince = current.previousFiles().stream()
                .filter(each -> each.timestampMillis() > modified.toEpochMilli())
                .count();
        return commitsSince >= MetadataSweep.VERSIONS_KEPT;
    }

    private void name(int version, Set<Long> seen, Set<Path> named) throws IOException {
        try {
            TableMetadata metadata = operations.read(version);
            for (Snapshot snapshot : metadata.snapshots()) {
                if (seen.add(snapshot.snapshotId())) {
                    SnapshotFiles.of(metadata, snapshot, operations.io())
                            .forEach(file -> named.add(operations.resolve(file)));
                }
            }
        } catch (NotFoundException swept) {
            // An old version may outlive what it names.
        }
    }
}
