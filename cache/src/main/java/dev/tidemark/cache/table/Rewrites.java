// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.FencedException;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.iceberg.CallingThread;
import dev.tidemark.cache.iceberg.LocalPath;
import dev.tidemark.cache.iceberg.OneReading;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What of a table may be rewritten, and how that becomes part of it (LLP 0018). */
public final class Rewrites {
    private static final Logger log = LoggerFactory.getLogger(Rewrites.class);
    /** What flushes, adoptions and rewrites call their files. */
    private static final Pattern OUR_FILE = Pattern.compile(
            "(legacy-(\\d{19}-\\d{19}-)?|\\d{19}-\\d{19}-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.parquet");

    private final CacheTable table;
    private final LocalTableOperations operations;
    private final StagingDirectory staging;

    Rewrites(CacheTable table, LocalTableOperations operations, StagingDirectory staging) {
        this.table = table;
        this.operations = operations;
        this.staging = staging;
    }

    /** The live files, for whoever decides which of them to rewrite. */
    public TableFiles files() throws IOException {
        TableMetadata now = operations.refresh();
        if (now == null) {
            return new TableFiles(List.of(), null);
        }
        Reading reading = table.read(now);
        List<TableFile> files = new ArrayList<>();
        reading.index().files().forEach(file -> files.add(shown(file, TableFile.Kind.SEQUENCED)));
        reading.index().legacy().forEach(file -> files.add(shown(file, TableFile.Kind.LEGACY)));
        return new TableFiles(files, hindrance(now, reading));
    }

    private static TableFile shown(FileIndex.Live file, TableFile.Kind kind) {
        String name = LocalPath.of(file.path()).getFileName().toString();
        TableFile.Maker maker = OUR_FILE.matcher(name).matches() ? TableFile.Maker.US : TableFile.Maker.ANOTHER_ENGINE;
        return new TableFile(
                file.path(),
                kind,
                file.lower(),
                file.upper(),
                file.rows(),
                file.rows() - file.liveRows(),
                file.bytes(),
                maker);
    }

    /** Why no file of the table may be rewritten here, or null: what we do not understand would be lost. */
    private static @Nullable String hindrance(TableMetadata now, Reading reading) {
        if (reading.fence() != null) {
            return reading.fence();
        }
        if (reading.index().hasForeignDeletes()) {
            return "another engine deleted rows by delete files";
        }
        if (!StoredRows.canHold(now.schema())) {
            return "another engine gave it a column of a kind that is not written here";
        }
        if (now.spec().isPartitioned()
                || now.sortOrder().isSorted()
                || now.formatVersion() != CacheTable.FORMAT_VERSION) {
            return "another engine gave it another layout";
        }
        return null;
    }

    /** Deletes what a rewrite left that never became part of the table; to be called while none runs. */
    public void clear() throws IOException {
        staging.clear();
    }

    /**
     * Begins to put one file in the place of some that are of one kind and lie beside each other, ascending; empty when they
     * are no longer there. One rewrite of a table runs at a time.
     */
    public Optional<Rewrite> begin(List<TableFile> chosen, Pace pace, BufferAllocator memory) throws IOException {
        TableMetadata base = operations.refresh();
        Snapshot current = base == null ? null : base.currentSnapshot();
        if (base == null || current == null) {
            return Optional.empty();
        }
        Reading reading = table.read(base);
        if (hindrance(base, reading) != null) {
            return Optional.empty();
        }
        Map<String, DataFile> found = find(chosen, base, current);
        Map<String, FileIndex.Live> live =
                reading.index().all().collect(Collectors.toMap(FileIndex.Live::path, Function.identity()));
        List<Rewrite.Input> inputs = new ArrayList<>();
        for (TableFile file : chosen) {
            DataFile data = found.get(file.path());
            FileIndex.Live known = live.get(file.path());
            if (data == null || known == null) {
                return Optional.empty();
            }
            inputs.add(new Rewrite.Input(data, known));
        }
        BaseTable target = new BaseTable(new OneReading(operations, base), table.dataset());
        return Optional.of(new Rewrite(this, staging, target, inputs, reading.names(), pace, memory));
    }

    private Map<String, DataFile> find(List<TableFile> chosen, TableMetadata base, Snapshot current)
            throws IOException {
        Set<String> wanted = chosen.stream().map(TableFile::path).collect(Collectors.toSet());
        Map<String, DataFile> found = new HashMap<>();
        for (ManifestFile manifest : current.dataManifests(operations.io())) {
            try (ManifestReader<DataFile> files = ManifestFiles.read(manifest, operations.io(), base.specsById())) {
                for (DataFile file : files) {
                    if (wanted.contains(file.location())) {
                        found.put(file.location(), file.copy());
                    }
                }
            }
        }
        return found;
    }

    /** Where the rows of a file that was written here have their places; null when it does not say. */
    static FileIndex.@Nullable Live live(DataFile file) {
        FileIndex.Live sequenced = FileIndex.Live.of(file);
        return sequenced == null ? FileIndex.Live.ofLegacy(file, Map.of()) : sequenced;
    }

    /**
     * Puts a file in the place of others, or none: one metadata commit, all or nothing. Properties stay as they are.
     *
     * <p>It is made on the very metadata in which all of them were seen to be as they were when they were read.
     */
    Rewrite.Outcome commit(List<Rewrite.Input> inputs, @Nullable DataFile output) throws IOException {
        TableMetadata base = operations.refresh();
        Snapshot current = base == null ? null : base.currentSnapshot();
        if (base == null || current == null) {
            return Rewrite.Outcome.CONFLICT;
        }
        Reading before = table.read(base);
        if (before.fence() != null) {
            throw new FencedException(table.dataset(), before.fence());
        }
        if (hindrance(base, before) != null || !areStill(inputs, before.index())) {
            return Rewrite.Outcome.CONFLICT;
        }
        Set<String> gone = inputs.stream().map(input -> input.live().path()).collect(Collectors.toSet());
        FileIndex after = before.index().replacing(current.snapshotId(), gone, output == null ? null : live(output));
        Transaction rewriting = Transactions.newTransaction(table.dataset(), new OneReading(operations, base));
        try {
            // durable: I12 table.rewrite.commit
            table.commit(() -> replace(rewriting, base, inputs, output, after));
        } catch (IOException e) {
            return settle(output, e);
        } catch (ValidationException e) {
            log.info("not rewritten dataset={} reason={}", table.dataset(), e.getMessage());
            return Rewrite.Outcome.CONFLICT;
        }
        table.remember(after.at(rewriting.table().currentSnapshot().snapshotId()));
        return Rewrite.Outcome.COMMITTED;
    }

    /** Whether the files are live as they were read, with the same rows deleted. */
    private static boolean areStill(List<Rewrite.Input> inputs, FileIndex index) {
        Map<String, FileIndex.Live> live =
                index.all().collect(Collectors.toMap(FileIndex.Live::path, Function.identity()));
        return inputs.stream().allMatch(input -> {
            FileIndex.Live now = live.get(input.live().path());
            return now != null && now.isAs(input.live());
        });
    }

    private static void replace(
            Transaction rewriting,
            TableMetadata base,
            List<Rewrite.Input> inputs,
            @Nullable DataFile output,
            FileIndex after) {
        RewriteFiles rewrite = rewriting
                .newRewrite()
                .validateFromSnapshot(base.currentSnapshot().snapshotId())
                .scanManifestsWith(new CallingThread());
        for (Rewrite.Input input : inputs) {
            rewrite.deleteFile(input.file());
            DeletionVector deletes = input.live().deletes();
            if (deletes != null) {
                rewrite.deleteFile(deletes.file());
            }
        }
        if (output != null) {
            rewrite.addFile(output);
        }
        Sequence flushed = CacheTable.flushedThrough(base);
        if (!after.last().equals(flushed)) {
            // The row that was flushed last was deleted: when that flush's snapshot has expired, this one tells of it.
            rewrite.set(CacheTable.FLUSHED_THROUGH, flushed.toString());
        }
        rewrite.commit();
        KeptSnapshots.expireMany(rewriting);
        rewriting.commitTransaction();
    }

    /** Looks whether it was committed, where the commit does not say; nothing may be deleted while nobody knows (I15). */
    private Rewrite.Outcome settle(@Nullable DataFile output, IOException failure) throws IOException {
        if (output != null && isLive(output)) {
            return Rewrite.Outcome.COMMITTED;
        }
        if (failure.getCause() instanceof CommitFailedException) {
            return Rewrite.Outcome.CONFLICT;
        }
        throw failure;
    }

    private boolean isLive(DataFile file) throws IOException {
        TableMetadata now = operations.refresh();
        return now != null
                && table.read(now).index().all().anyMatch(each -> each.path().equals(file.location()));
    }
}
