// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.S3Destination.Timeouts;
import dev.tidemark.sinks.blob.s3.BucketFiles;
import dev.tidemark.sinks.blob.s3.S3Store;
import dev.tidemark.sinks.forward.ForwardInquiry;
import dev.tidemark.sinks.iceberg.IcebergInquiry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Asks a destination whether it would take rows, and changes nothing there. */
public final class Inquiry {
    private static final String CLAIMS = "_tidemark";

    private Inquiry() {}

    /**
     * What was found.
     *
     * @param said in one line, also when all is well
     * @param path of the directory that cannot be written to; empty when it is something else
     */
    public record Answer(boolean ok, String said, String path) {
        static Answer well(String said) {
            return new Answer(true, said, "");
        }

        public static Answer trouble(String said) {
            return new Answer(false, said, "");
        }
    }

    /** Asks, within the deadlines that the sink itself keeps. */
    public static Answer of(SinkSettings settings, Disk disk) {
        try {
            return switch (settings.destination()) {
                case DirectoryDestination directory -> ofDirectory(directory.directory());
                case S3Destination s3 -> ofBucket(s3, disk);
                case IcebergDestination iceberg -> ofWarehouse(iceberg, disk);
                case ForwardDestination forward -> {
                    String trouble = ForwardInquiry.of(forward, settings.datasets());
                    yield trouble.isEmpty()
                            ? Answer.well(forward.url() + " answers")
                            : Answer.trouble(forward.url() + ": " + trouble);
                }
            };
        } catch (IOException | RuntimeException e) {
            return Answer.trouble(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    /** The directory, or where it would be made. */
    private static Answer ofDirectory(Path root) throws IOException {
        Path known = root;
        while (!Files.exists(known) && known.getParent() != null) {
            known = known.getParent();
        }
        if (!Files.isDirectory(known)) {
            return Answer.trouble(known + " is no directory");
        }
        if (Files.getFileStore(known).isReadOnly() || !Files.isWritable(known)) {
            return new Answer(false, known + " cannot be written to", root.toString());
        }
        return Answer.well(root + (known.equals(root) ? " can be written to" : " can be made"));
    }

    private static Answer ofWarehouse(IcebergDestination iceberg, Disk disk) throws IOException {
        return switch (iceberg.warehouse()) {
            case IcebergDestination.Directory(Path root) -> ofDirectory(root);
            case IcebergDestination.InBucket(Bucket bucket, String prefix, Timeouts timeouts) -> {
                String folder = (prefix.isEmpty() ? "" : prefix + "/") + iceberg.namespace() + "/";
                try (BucketFiles files = new BucketFiles(bucket, timeouts)) {
                    yield Answer.well(bucket.place() + " answers, "
                            + files.folders(folder).size() + " folders in " + folder);
                }
            }
            case IcebergDestination.RestCatalog catalog ->
                Answer.well(catalog.place() + " answers, " + IcebergInquiry.tables(iceberg, disk) + " tables in "
                        + iceberg.namespace());
        };
    }

    private static Answer ofBucket(S3Destination s3, Disk disk) throws IOException {
        String folder = s3.prefix().isEmpty() || s3.prefix().contains("{") ? CLAIMS : s3.prefix() + "/" + CLAIMS;
        try (S3Store store = new S3Store(s3, disk)) {
            int names = store.list(folder).size();
            return Answer.well(s3.bucket().place() + " answers, " + names + " names in " + folder);
        }
    }
}
