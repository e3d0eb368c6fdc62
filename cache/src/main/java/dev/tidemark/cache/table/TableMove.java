// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
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
        OutputFile target =
                operations.io().newOutputFile(operations.metadataFileLocation(UUID.randomUUID() + "-m0.avro"));
        PartitionSpec spec = metadata.spec(manifest.partitionSpecId());
        try (ManifestReader<DataFile> files = ManifestFiles.read(manifest, operations.io(), metadata.specsById())) {
            ManifestWriter<DataFile> writer = ManifestFiles.write(FORMAT_VERSION, spec, target, null);
            try (writer) {
                for (DataFile file : files) {
                    DataFile moved = DataFiles.builder(spec)
                            .copy(file)
                            .withPath(operations.resolve(file.location()).toString())
                            .build();
                    writer.existing(moved, manifest.snapshotId(), file.dataSequenceNumber(), file.fileSequenceNumber());
                }
            }
            return writer.toManifestFile();
        } catch (UncheckedIOException e) {
            throw new IOException("writing " + target.location(), e);
        }
    }
}
