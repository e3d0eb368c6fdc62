// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.Surface;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.iceberg.util.PropertyUtil;
import org.jspecify.annotations.Nullable;

/**
 * One dataset's Iceberg table, and the only one who commits to it (LLP 0003).
 *
 * <p>The property {@code tidemark.flushed-through} says through which sequence the table has the dataset's rows. Only
 * {@link #commitFlush} writes it, in the same metadata commit that adds the rows (I5), and only from the value that the
 * flush started with.
 */
public final class CacheTable implements Surface {
    static final String FLUSHED_THROUGH = "tidemark.flushed-through";
    private static final int FORMAT_VERSION = 3;
    private static final Map<String, String> PROPERTIES = Map.of(
            "commit.retry.num-retries",
            "0",
            "write.parquet.compression-codec",
            "zstd",
            "write.parquet.compression-level",
            "1",
            "write.parquet.row-group-size-bytes",
            Integer.toString(8 << 20),
            "write.metadata.metrics.column._ingest_seq",
            "full",
            FLUSHED_THROUGH,
            "0");

    private final String dataset;
    private final Path location;
    private final LocalTableOperations operations;
    private @Nullable FileIndex index;

    /** The table at a location; it need not be there before the first flush. */
    public CacheTable(DurableFiles files, String dataset, Path location) {
        this.dataset = dataset;
        this.location = location;
        this.operations = new LocalTableOperations(files, location);
    }

    public Path location() {
        return location;
    }

    /** The file that another engine is given to read the table as it is now. */
    public Path metadataFile() {
        return operations.metadataFile();
    }

    /** The table as it is now; a later commit does not change the view. */
    public TableView view() throws IOException {
        try {
            TableMetadata metadata = operations.refresh();
            if (metadata == null || metadata.currentSnapshot() == null) {
                return TableView.empty(flushedThrough(metadata));
            }
            return new TableView(flushedThrough(metadata), table(), indexOf(metadata));
        } catch (UncheckedIOException e) {
            throw new IOException("reading table " + dataset, e);
        }
    }

    private synchronized FileIndex indexOf(TableMetadata metadata) throws IOException {
        long snapshot = metadata.currentSnapshot().snapshotId();
        FileIndex known = index;
        if (known == null || known.snapshot() != snapshot) {
            known = FileIndex.read(table(), metadata.currentSnapshot());
            index = known;
        }
        return known;
    }

    static Sequence flushedThrough(@Nullable TableMetadata metadata) {
        return metadata == null
                ? Sequence.NONE
                : new Sequence(PropertyUtil.propertyAsLong(metadata.properties(), FLUSHED_THROUGH, 0));
    }

    /** Makes the table when it is not there; the first schema is that of the first flush. */
    Table forWriting(Dataset schema) throws IOException {
        operations.prepare();
        if (operations.refresh() == null) {
            TableMetadata metadata = TableMetadata.newTableMetadata(
                    TableSchema.of(schema),
                    PartitionSpec.unpartitioned(),
                    SortOrder.unsorted(),
                    location.toString(),
                    withFormat(PROPERTIES));
            commit(() -> operations.commit(null, metadata));
        }
        return table();
    }

    private static Map<String, String> withFormat(Map<String, String> properties) {
        Map<String, String> all = new HashMap<>(properties);
        all.put("format-version", Integer.toString(FORMAT_VERSION));
        return all;
    }

    private Table table() {
        return new BaseTable(operations, dataset);
    }

    /**
     * Adds the rows of some files, the columns that they brought, and the fact that the table has the dataset through
     * {@code through}: one metadata commit, all or nothing.
     *
     * @param from what the property must say, or nothing is committed
     */
    void commitFlush(Dataset schema, List<DataFile> files, Sequence from, Sequence through) throws IOException {
        commit(() -> {
            Transaction flush = Transactions.newTransaction(dataset, new FlushGuard(operations, from));
            addColumns(flush, schema);
            var append = flush.newFastAppend();
            files.forEach(append::appendFile);
            append.commit();
            flush.updateProperties().set(FLUSHED_THROUGH, through.toString()).commit();
            flush.commitTransaction();
        });
    }

    private void addColumns(Transaction flush, Dataset dataset) {
        Schema wanted = TableSchema.of(dataset);
        UpdateSchema update = flush.updateSchema();
        for (NestedField field : wanted.columns()) {
            if (flush.table().schema().findField(field.fieldId()) == null) {
                update.addColumn(field.name(), field.type(), field.doc());
            }
        }
        update.commit();
        if (!flush.table().schema().sameSchema(wanted)) {
            throw new IllegalStateException("the table of " + dataset.name() + " would have "
                    + flush.table().schema() + ", not " + wanted);
        }
    }

    /**
     * Commits the table once more as it is.
     *
     * <p>A commit that an earlier life made can be read here and still be on no disk. After this it is.
     */
    public void commitAnew() throws IOException {
        TableMetadata metadata = operations.refresh();
        if (metadata != null) {
            commit(() -> operations.commit(
                    metadata,
                    TableMetadata.buildFrom(metadata)
                            .setProperties(Map.of(
                                    FLUSHED_THROUGH, flushedThrough(metadata).toString()))
                            .build()));
        }
    }

    /** Runs a commit; what it throws says whether it happened: it did not, or nobody knows. */
    private void commit(Runnable commit) throws IOException {
        try {
            commit.run();
        } catch (CommitStateUnknownException e) {
            throw new IOException("unknown whether table " + dataset + " was committed", e);
        } catch (CommitFailedException e) {
            throw new IOException("table " + dataset + " was not committed: " + e.getMessage(), e);
        } catch (UncheckedIOException e) {
            throw new IOException("table " + dataset + " was not committed", e);
        }
    }

    @Override
    public String name() {
        return "table";
    }

    @Override
    public long rows(String name) throws IOException {
        return view().rows();
    }

    /** Lets a flush pass only if the property is still what the flush started from. */
    private record FlushGuard(LocalTableOperations operations, Sequence from) implements TableOperations {
        @Override
        public @Nullable TableMetadata current() {
            return operations.current();
        }

        @Override
        public @Nullable TableMetadata refresh() {
            return operations.refresh();
        }

        @Override
        public void commit(TableMetadata base, TableMetadata metadata) {
            if (!flushedThrough(base).equals(from)) {
                throw new CommitFailedException(
                        "it was flushed through %s meanwhile, not %s", flushedThrough(base), from);
            }
            operations.commit(base, metadata);
        }

        @Override
        public FileIO io() {
            return operations.io();
        }

        @Override
        public String metadataFileLocation(String fileName) {
            return operations.metadataFileLocation(fileName);
        }

        @Override
        public LocationProvider locationProvider() {
            return operations.locationProvider();
        }

        @Override
        public TableOperations temp(TableMetadata uncommitted) {
            return operations.temp(uncommitted);
        }
    }
}
