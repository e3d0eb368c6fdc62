// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.iceberg.LocalPath;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadata.MetadataLogEntry;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;

/**
 * Deletes metadata that nobody can be reading any more (I17).
 *
 * <p>A metadata version goes when {@link #VERSIONS_KEPT} newer ones are there and it was replaced at least {@link #GRACE}
 * ago. With it go the manifest lists and manifests that it names and the versions that stay do not. What no version ever
 * named is left alone: it may belong to a commit that somebody is just making. Data files are never touched.
 *
 * <p>A snapshot that is neither in the oldest version that stays nor in the current one is in none between: it would have
 * had to come back after it was expired.
 */
final class MetadataSweep {
    static final int VERSIONS_KEPT = 100;
    static final Duration GRACE = Duration.ofHours(1);

    private final LocalTableOperations operations;
    private final Disk disk;
    private final FileIO io;

    MetadataSweep(LocalTableOperations operations, Disk disk) {
        this.operations = operations;
        this.disk = disk;
        this.io = operations.io();
    }

    /** Sweeps below what this metadata still remembers; may be stopped anywhere and run again. */
    void run(TableMetadata current, Instant now) throws IOException {
        List<MetadataLogEntry> log = current.previousFiles();
        if (log.size() < VERSIONS_KEPT) {
            return;
        }
        MetadataLogEntry oldestKept = log.get(log.size() - VERSIONS_KEPT);
        int oldest = LocalTableOperations.versionOf(LocalPath.of(oldestKept.file()));
        boolean old = !Instant.ofEpochMilli(oldestKept.timestampMillis()).isAfter(now.minus(GRACE));
        List<Integer> versions = operations.versions();
        List<Integer> gone =
                versions.stream().filter(version -> version < oldest).sorted().toList();
        if (old && versions.contains(oldest) && !gone.isEmpty()) {
            sweep(gone, List.of(operations.read(oldest), current));
        }
    }

    private void sweep(List<Integer> gone, List<TableMetadata> kept) throws IOException {
        Map<Long, Snapshot> keptSnapshots = new HashMap<>();
        kept.forEach(metadata ->
                metadata.snapshots().forEach(snapshot -> keptSnapshots.put(snapshot.snapshotId(), snapshot)));
        Set<String> keptManifests = new HashSet<>();
        for (Snapshot snapshot : keptSnapshots.values()) {
            manifests(snapshot).forEach(manifest -> keptManifests.add(manifest.path()));
        }
        Set<Long> swept = new HashSet<>(keptSnapshots.keySet());
        for (int version : gone) {
            for (Snapshot snapshot : operations.read(version).snapshots()) {
                if (swept.add(snapshot.snapshotId())) {
                    sweep(snapshot, keptManifests);
                }
            }
            delete(operations.file(version));
        }
    }

    /** Deletes what is named before what names it, so that a sweep that was stopped can go on. */
    private void sweep(Snapshot expired, Set<String> keptManifests) throws IOException {
        for (ManifestFile manifest : manifests(expired)) {
            if (keptManifests.add(manifest.path())) {
                delete(operations.resolve(manifest.path()));
            }
        }
        delete(operations.resolve(expired.manifestListLocation()));
    }

    /** None when its list is gone: a sweep before this one was stopped, or another engine expired it with its files. */
    private List<ManifestFile> manifests(Snapshot snapshot) {
        try {
            return snapshot.allManifests(io);
        } catch (NotFoundException gone) {
            return List.of();
        }
    }

    /** Nobody is promised that a deletion survives a power cut: what comes back is swept again or forgotten. */
    private void delete(Path file) throws IOException {
        if (!operations.isMetadata(file)) {
            return;
        }
        try {
            disk.delete(file);
        } catch (NoSuchFileException gone) {
            // A sweep before this one got so far.
        }
    }
}
