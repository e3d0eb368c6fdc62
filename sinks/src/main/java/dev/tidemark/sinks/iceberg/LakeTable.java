// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.iceberg.CallingThread;
import dev.tidemark.cache.iceberg.OneReading;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestWriter;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.io.OutputFile;

/** One reading of an exported table, and the commits that can be tried upon it. */
final class LakeTable {
    private static final ExecutorService HERE = new CallingThread();

    private final String name;
    private final TableOperations operations;
    private final TableMetadata metadata;
    private String trouble = "";

    /** What became of a commit. */
    enum Outcome {
        COMMITTED,
        /** Somebody else committed first; nothing happened. */
        LOST,
        UNKNOWN
    }

    LakeTable(String name, TableOperations operations) {
        this.name = name;
        this.operations = operations;
        this.metadata = operations.current();
    }

    String name() {
        return name;
    }

    TableMetadata metadata() {
        return metadata;
    }

    /** What went wrong with a commit of which nothing else is known. */
    String trouble() {
        return trouble;
    }

    Table table() {
        return new BaseTable(new OneReading(operations, metadata), name);
    }

    /**
     * Adds files, and what the table is to remember of who wrote them: one commit.
     *
     * <p>Each try has a manifest of its own: where a commit that merges manifests fails, Iceberg deletes those it was given.
     */
    Outcome append(List<DataFile> files, Map<String, String> summary, String property, String value)
            throws IOException {
        ManifestFile manifest = manifest(files);
        Outcome outcome = commit(transaction -> {
            AppendFiles append = transaction.newAppend().appendManifest(manifest);
            summary.forEach(append::set);
            append.scanManifestsWith(HERE).commit();
            // durable: I10 lake.append.position
            transaction.updateProperties().set(property, value).commit();
        });
        if (outcome == Outcome.LOST) {
            operations.io().deleteFile(manifest.path());
        }
        return outcome;
    }

    /** Commits the table as it is, with something to remember, which it may know already. */
    Outcome remember(String property, String value) {
        TableMetadata next = TableMetadata.buildFrom(metadata)
                .setProperties(Map.of(property, value))
                .build();
        return outcome(() -> {
            // durable: I10 lake.found.anew
            new OneReading(operations, metadata).commit(metadata, next);
        });
    }

    /** Adds and widens columns, and tells the order of the files to come. */
    Outcome evolve(ExportLayout layout) {
        return commit(transaction -> {
            Schema there = transaction.table().schema();
            UpdateSchema update = transaction.updateSchema();
            layout.evolve(there, update);
            update.commit();
            if (layout.isOtherwiseSorted(metadata)) {
                var replace = transaction.replaceSortOrder();
                layout.order(transaction.table().schema())
                        .fields()
                        .forEach(field ->
                                replace.asc(transaction.table().schema().findColumnName(field.sourceId())));
                replace.commit();
            }
        });
    }

    private Outcome commit(Change change) {
        Transaction transaction = Transactions.newTransaction(name, new OneReading(operations, metadata));
        return outcome(() -> {
            change.make(transaction);
            transaction.commitTransaction();
        });
    }

    private Outcome outcome(Runnable commit) {
        try {
            commit.run();
            return Outcome.COMMITTED;
        } catch (CommitFailedException | ValidationException e) {
            return Outcome.LOST;
        } catch (CommitStateUnknownException e) {
            trouble = String.valueOf(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
            return Outcome.UNKNOWN;
        }
    }

    /** One manifest for some files, which no commit has named yet. */
    private ManifestFile manifest(List<DataFile> files) throws IOException {
        PartitionSpec spec = metadata.spec();
        OutputFile target =
                operations.io().newOutputFile(operations.metadataFileLocation(UUID.randomUUID() + "-m0.avro"));
        try {
            ManifestWriter<DataFile> writer = ManifestFiles.write(metadata.formatVersion(), spec, target, null);
            try (writer) {
                files.forEach(writer::add);
            }
            return writer.toManifestFile();
        } catch (UncheckedIOException e) {
            throw new IOException("writing " + target.location(), e);
        }
    }

    private interface Change {
        void make(Transaction transaction);
    }
}
