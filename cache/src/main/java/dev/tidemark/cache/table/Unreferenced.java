// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

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

/** Finds files of a table that no metadata names and that have outlived their grace: some time, and a hundred commits. */
final class Unreferenced {
    private static final String DATA = "data";

    private final LocalTableOperations operations;
    private final DurableFiles files;
    private final Path location;

    Unreferenced(LocalTableOperations operations, DurableFiles files, Path location) {
        this.operations = operations;
        this.files = files;
        this.location = location;
    }

    /**
     * What was found.
     *
     * @param examined how many files were looked at
     * @param orphans that no metadata names and whose grace has passed
     * @param waiting how many the current metadata does not name and that have to stay: some older one names them, or they hold data
     *     and their grace has not passed
     */
    record Found(long examined, List<Path> orphans, int waiting) {}

    /**
     * Looks at every file.
     *
     * @param named the files that the current metadata names; added to
     * @param since whatever was changed since has its grace
     * @throws IOException when some metadata could not be read, so that nobody knows what it names
     */
    Found look(TableMetadata current, Set<Path> named, Instant since) throws IOException {
        List<Path> suspects = new ArrayList<>();
        long examined = 0;
        int young = 0;
        for (String directory : List.of(DATA, "metadata")) {
            for (Path file : files.list(location.resolve(directory))) {
                examined++;
                if (!isOfIceberg(file) || named.contains(file)) {
                    continue;
                }
                if (hasOutlived(file, current, since)) {
                    suspects.add(file);
                } else if (directory.equals(DATA)) {
                    young++;
                }
            }
        }
        if (suspects.isEmpty()) {
            return new Found(examined, List.of(), young);
        }
        Set<Long> seen = new HashSet<>();
        Set<String> read = new HashSet<>();
        for (int version : operations.versions()) {
            name(version, seen, read, named);
        }
        List<Path> orphans =
                suspects.stream().filter(file -> !named.contains(file)).toList();
        return new Found(examined, orphans, young + suspects.size() - orphans.size());
    }

    private static boolean isOfIceberg(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".parquet") || name.endsWith(".avro") || name.endsWith(".puffin");
    }

    private boolean hasOutlived(Path file, TableMetadata current, Instant since) throws IOException {
        Instant modified;
        try {
            modified = files.disk().modified(file);
        } catch (NoSuchFileException gone) {
            return false;
        }
        if (!modified.isBefore(since)) {
            return false;
        }
        long commitsSince = current.previousFiles().stream()
                .filter(each -> each.timestampMillis() > modified.toEpochMilli())
                .count();
        return commitsSince >= MetadataSweep.VERSIONS_KEPT;
    }

    private void name(int version, Set<Long> seen, Set<String> read, Set<Path> named) throws IOException {
        TableMetadata metadata;
        try {
            metadata = operations.read(version);
        } catch (NotFoundException swept) {
            return; // An old version went meanwhile.
        }
        metadata.statisticsFiles().forEach(file -> named.add(operations.resolve(file.path())));
        metadata.partitionStatisticsFiles().forEach(file -> named.add(operations.resolve(file.path())));
        for (Snapshot snapshot : metadata.snapshots()) {
            if (seen.add(snapshot.snapshotId())) {
                try {
                    SnapshotFiles.of(metadata, snapshot, operations.io(), read)
                            .forEach(file -> named.add(operations.resolve(file)));
                } catch (NotFoundException swept) {
                    // An old version may outlive what it names; nobody can read that snapshot any more.
                }
            }
        }
    }
}
