// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.iceberg.CallingThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileMetadata;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.ManifestWriter;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.RewriteManifests;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.io.OutputFile;

/** Names the files of a table that was moved by where they are now: its manifests are written anew, and old snapshots go. */
record TableMove(TableMetadata base, List<ManifestFile> old, List<ManifestFile> moved) {
    static TableMove prepare(TableMetadata base, LocalTableOperations operations) throws IOException {
        List<ManifestFile> moved = new ArrayList<>();
        Snapshot current = base.currentSnapshot();
        if (current == null) {
            return new TableMove(base, List.of(), moved);
        }
        for (ManifestFile manifest : current.dataManifests(operations.io())) {
            moved.add(manifest(manifest, base, operations));
        }
        for (ManifestFile manifest : current.deleteManifests(operations.io())) {
            moved.add(deletes(manifest, base, operations));
        }
        return new TableMove(base, current.allManifests(operations.io()), moved);
    }

    void commit(Transaction move, Path location) {
        if (base.currentSnapshot() != null) {
            RewriteManifests rewrite = move.rewriteManifests();
            old.forEach(rewrite::deleteManifest);
            moved.forEach(rewrite::addManifest);
            rewrite.set(
                            CacheTable.FLUSHED_THROUGH,
                            CacheTable.flushedThrough(base).toString())
                    .scanManifestsWith(new CallingThread())
                    .commit();
            KeptSnapshots.expire(move, 1);
        }
        move.updateLocation().setLocation(location.toString()).commit();
        move.commitTransaction();
    }

    private static ManifestFile manifest(ManifestFile manifest, TableMetadata metadata, LocalTableOperations operations)
            throws IOException {
        PartitionSpec spec = metadata.spec(manifest.partitionSpecId());
        OutputFile target = target(operations);
        return write(
                manifest,
                ManifestFiles.read(manifest, operations.io(), metadata.specsById()),
                ManifestFiles.write(CacheTable.FORMAT_VERSION, spec, target, null),
                file -> DataFiles.builder(spec)
                        .copy(file)
                        .withPath(operations.resolve(file.location()).toString())
                        .build());
    }

    /** The same for a manifest of deletion vectors, which name the files that they are of. */
    private static ManifestFile deletes(ManifestFile manifest, TableMetadata metadata, LocalTableOperations operations)
            throws IOException {
        PartitionSpec spec = metadata.spec(manifest.partitionSpecId());
        OutputFile target = target(operations);
        return write(
                manifest,
                ManifestFiles.readDeleteManifest(manifest, operations.io(), metadata.specsById()),
                ManifestFiles.writeDeleteManifest(CacheTable.FORMAT_VERSION, spec, target, null),
                file -> FileMetadata.deleteFileBuilder(spec)
                        .copy(file)
                        .withPath(operations.resolve(file.location()).toString())
                        .withReferencedDataFile(
                                operations.resolve(file.referencedDataFile()).toString())
                        .build());
    }

    private static OutputFile target(LocalTableOperations operations) {
        return operations.io().newOutputFile(operations.metadataFileLocation(UUID.randomUUID() + "-m0.avro"));
    }

    private static <F extends ContentFile<F>> ManifestFile write(
            ManifestFile manifest, ManifestReader<F> from, ManifestWriter<F> to, UnaryOperator<F> moved)
            throws IOException {
        try (from) {
            try (to) {
                for (F file : from) {
                    to.existing(
                            moved.apply(file),
                            manifest.snapshotId(),
                            file.dataSequenceNumber(),
                            file.fileSequenceNumber());
                }
            }
            return to.toManifestFile();
        } catch (UncheckedIOException e) {
            throw new IOException("writing " + manifest.path() + " anew", e);
        }
    }
}
