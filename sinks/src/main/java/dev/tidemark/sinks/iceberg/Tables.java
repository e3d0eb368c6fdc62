// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.sinks.IcebergDestination;
import dev.tidemark.sinks.Pace;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.S3Destination.Timeouts;
import dev.tidemark.sinks.blob.s3.BucketFiles;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableOperations;

/** The tables of one namespace of a warehouse. */
interface Tables extends AutoCloseable {
    /** The tables of a destination, written as fast as it goes; opens nothing yet. */
    static Tables of(IcebergDestination destination, DurableFiles files) {
        return of(destination, files, Pace.unlimited());
    }

    /**
     * The tables of a destination; opens nothing yet.
     *
     * @param pace at which bytes are written
     */
    static Tables of(IcebergDestination destination, DurableFiles files, Pace pace) {
        String namespace = destination.namespace();
        return switch (destination.warehouse()) {
            case IcebergDestination.Directory directory ->
                new VersionedTables(
                        new DiskShelf(files, pace),
                        directory.place() + "/" + namespace,
                        directory.root().resolve(namespace).toString());
            case IcebergDestination.InBucket(Bucket bucket, String prefix, Timeouts timeouts) ->
                new VersionedTables(
                        new BucketShelf(new BucketFiles(bucket, timeouts, pace), bucket.name()),
                        destination.warehouse().place() + "/" + namespace,
                        BucketShelf.location(bucket.name(), (prefix.isEmpty() ? "" : prefix + "/") + namespace));
            case IcebergDestination.RestCatalog catalog -> new RestTables(catalog, namespace, files, pace);
        };
    }

    /** The warehouse and the namespace in one line. */
    String place();

    /** The table of a dataset, read anew; empty when there is none. */
    Optional<TableOperations> find(String dataset) throws IOException;

    /**
     * Makes the table of a dataset, unless somebody else just did.
     *
     * @throws IOException when it is not known whether it was made
     */
    void create(String dataset, Schema schema, PartitionSpec spec, SortOrder order, Map<String, String> properties)
            throws IOException;

    /** The datasets that have a table. */
    List<String> list() throws IOException;

    /** Where the table of a dataset lies. */
    String location(String dataset) throws IOException;

    /** Every file that lies where the table of a dataset does. */
    List<Shelf.Found> files(String dataset) throws IOException;

    /** Whether a commit that can be seen is also durable. */
    boolean isDurableWhenSeen();

    /** Why this warehouse cannot be written to, if so; asked before the first unit of an open. */
    default Optional<String> unfit() throws IOException {
        return Optional.empty();
    }

    /** Ends what is under way; any thread may ask. */
    void cancel();

    /** Lets go of connections. */
    @Override
    default void close() {}
}
