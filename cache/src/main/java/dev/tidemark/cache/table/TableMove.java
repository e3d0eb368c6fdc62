// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.io.OutputFile;

/** Writes a manifest anew with the same files under the names that they have since the table was moved. */
final class TableMove {
    private static final int FORMAT_VERSION = 3;

    private TableMove() {}

    static ManifestFile manifest(ManifestFile manifest, TableMetadata metadata, LocalTableOperations operations)
            throws IOException {
        PartitionSpec spec = metadata.spec(manifest.partitionSpecId());
        OutputFile target = target(operations);
        return write(
                manifest,
                ManifestFiles.read(manifest, operations.io(), metadata.specsById()),
                ManifestFiles.write(FORMAT_VERSION, spec, target, null),
                file -> DataFiles.builder(spec)
                        .copy(file)
                        .withPath(operations.resolve(file.location()).toString())
                        .build());
    }

    /** The same for a manifest of deletion vectors, which name the files that they are of. */
    static ManifestFile deletes(ManifestFile manifest, TableMetadata metadata, LocalTableOperations operations)
            throws IOException {
        PartitionSpec spec = metadata.spec(manifest.partitionSpecId());
        OutputFile target = target(operations);
        return write(
                manifest,
                ManifestFiles.readDeleteManifest(manifest, operations.io(), metadata.specsById()),
                ManifestFiles.writeDeleteManifest(FORMAT_VERSION, spec, target, null),
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
