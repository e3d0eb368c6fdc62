// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.sinks.MaintenanceOrder.Mode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StatisticsFile;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;

/**
 * Deletes files of a table that nothing names: what crashes left, and what failed commits did.
 *
 * <p>The files are listed first and the metadata is read afterwards, so whatever was committed before the listing is known to
 * be named. What somebody is just writing is younger than the grace (I17).
 */
record Orphans(Tables tables, TableOperations operations) {
    int remove(String dataset, Instant before, Mode mode) throws IOException {
        List<String> old = new ArrayList<>();
        for (Shelf.Found found : tables.files(dataset)) {
            if (found.modified().isBefore(before)) {
                old.add(found.location());
            }
        }
        if (old.isEmpty()) {
            return 0;
        }
        TableMetadata metadata = operations.refresh();
        if (metadata == null) {
            return 0;
        }
        String here = tables.location(dataset);
        if (!bare(metadata.location()).equals(bare(here))) {
            throw new IOException("the table at " + here + " names its files as if it lay at " + metadata.location()
                    + ": nothing is known to be unnamed there");
        }
        Set<String> named = named(metadata);
        int count = 0;
        for (String location : old) {
            if (!named.contains(bare(location)) && !isHint(location)) {
                count++;
                if (mode == Mode.REAL) {
                    operations.io().deleteFile(location);
                }
            }
        }
        return count;
    }

    private static boolean isHint(String location) {
        return location.endsWith("/version-hint.text");
    }

    /** A location without its scheme, which other engines write and we do not. */
    private static String bare(String location) {
        int scheme = location.indexOf(':');
        String path = scheme > 1 ? location.substring(scheme + 1) : location;
        return path.replaceFirst("^/+", "/");
    }

    private Set<String> named(TableMetadata metadata) throws IOException {
        Set<String> named = new HashSet<>();
        FileIO io = operations.io();
        named.add(bare(metadata.metadataFileLocation()));
        metadata.previousFiles().forEach(entry -> named.add(bare(entry.file())));
        metadata.statisticsFiles().stream()
                .map(StatisticsFile::path)
                .map(Orphans::bare)
                .forEach(named::add);
        metadata.partitionStatisticsFiles().forEach(file -> named.add(bare(file.path())));
        Set<String> read = new HashSet<>();
        try {
            for (Snapshot snapshot : metadata.snapshots()) {
                if (snapshot.manifestListLocation() != null) {
                    named.add(bare(snapshot.manifestListLocation()));
                }
                for (ManifestFile manifest : snapshot.allManifests(io)) {
                    if (read.add(manifest.path())) {
                        named.add(bare(manifest.path()));
                        try (CloseableIterable<String> paths =
                                ManifestFiles.readPaths(manifest, io, metadata.specsById())) {
                            paths.forEach(path -> named.add(bare(path)));
                        }
                    }
                }
            }
        } catch (UncheckedIOException e) {
            throw new IOException("reading what " + metadata.location() + " names", e);
        }
        return named;
    }
}
