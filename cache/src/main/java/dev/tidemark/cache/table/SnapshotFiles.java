// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
        List<String> named = new ArrayList<>();
        named.add(snapshot.manifestListLocation());
        for (ManifestFile manifest : snapshot.dataManifests(io)) {
            named.add(manifest.path());
            add(ManifestFiles.read(manifest, io, metadata.specsById()), named);
        }
        for (ManifestFile manifest : snapshot.deleteManifests(io)) {
            named.add(manifest.path());
            add(ManifestFiles.readDeleteManifest(manifest, io, metadata.specsById()), named);
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
