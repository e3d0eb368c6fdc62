// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.Dataset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NotFoundException;

/** Tables that are nothing but their files on a shelf: {@code <root>/<namespace>/<dataset>}. */
final class VersionedTables implements Tables {
    private final Shelf shelf;
    private final String place;
    private final String root;
    private final Map<String, VersionedOperations> open = new ConcurrentHashMap<>();

    VersionedTables(Shelf shelf, String place, String root) {
        this.shelf = shelf;
        this.place = place;
        this.root = root;
    }

    @Override
    public String place() {
        return place;
    }

    @Override
    public String location(String dataset) {
        return root + "/" + dataset;
    }

    @Override
    public List<String> list() throws IOException {
        return shelf.folders(root).stream().filter(Dataset::isName).toList();
    }

    @Override
    public List<Shelf.Found> files(String dataset) throws IOException {
        return shelf.list(location(dataset));
    }

    private VersionedOperations operations(String dataset) {
        return open.computeIfAbsent(dataset, name -> new VersionedOperations(shelf, location(name)));
    }

    @Override
    public Optional<TableOperations> find(String dataset) throws IOException {
        VersionedOperations operations = operations(dataset);
        try {
            return Optional.ofNullable(operations.refresh()).map(there -> operations);
        } catch (UncheckedIOException | NotFoundException e) {
            throw new IOException("reading table " + location(dataset), e);
        }
    }

    @Override
    public void create(
            String dataset, Schema schema, PartitionSpec spec, SortOrder order, Map<String, String> properties)
            throws IOException {
        Map<String, String> all = new HashMap<>(properties);
        all.put("format-version", Integer.toString(ExportLayout.FORMAT_VERSION));
        TableMetadata metadata = TableMetadata.newTableMetadata(schema, spec, order, location(dataset), all);
        try {
            operations(dataset).commit(null, metadata);
        } catch (CommitFailedException somebodyElse) {
            // Theirs is looked at like any other.
        } catch (CommitStateUnknownException e) {
            throw new IOException("making table " + location(dataset), e);
        }
    }

    @Override
    public boolean isDurableWhenSeen() {
        return shelf.isDurableWhenSeen();
    }

    @Override
    public Optional<String> unfit() throws IOException {
        return shelf.unfit(root);
    }

    @Override
    public void cancel() {
        shelf.cancel();
    }

    @Override
    public void close() {
        shelf.close();
    }
}
