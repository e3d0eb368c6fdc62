// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.io.FileIO;

/** Everything that a snapshot names, whoever wrote it: its manifest list, manifests, data files and delete files. */
final class SnapshotFiles {
    private SnapshotFiles() {}

    static List<String> of(TableMetadata metadata, Snapshot snapshot, FileIO io) throws IOException {
        return of(metadata, snapshot, io, new HashSet<>());
    }

    /**
     * The same without what some manifests name.
     *
     * @param read the manifests that were read before; added to
     */
    static List<String> of(TableMetadata metadata, Snapshot snapshot, FileIO io, Set<String> read) throws IOException {
        List<String> named = new ArrayList<>();
        named.add(snapshot.manifestListLocation());
        for (ManifestFile manifest : snapshot.dataManifests(io)) {
            if (read.add(manifest.path())) {
                named.add(manifest.path());
                add(ManifestFiles.read(manifest, io, metadata.specsById()), named);
            }
        }
        for (ManifestFile manifest : snapshot.deleteManifests(io)) {
            if (read.add(manifest.path())) {
                named.add(manifest.path());
                add(ManifestFiles.readDeleteManifest(manifest, io, metadata.specsById()), named);
            }
        }
        return named;
    }

    private static <F extends ContentFile<F>> void add(ManifestReader<F> reader, List<String> named)
            throws IOException {
        try (reader) {
            for (F file : reader) {
                named.add(file.location());
            }
        }
    }
}
