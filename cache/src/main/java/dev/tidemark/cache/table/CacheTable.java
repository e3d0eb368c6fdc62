// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.FencedException;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.Surface;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.iceberg.CallingThread;
import dev.tidemark.cache.iceberg.OneReading;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestWriter;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.mapping.MappingUtil;
import org.apache.iceberg.mapping.NameMappingParser;
import org.apache.iceberg.util.PropertyUtil;
import org.apache.iceberg.util.ThreadPools;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One dataset's Iceberg table, and the only one who commits to it (LLP 0003).
 *
 * <p>The property {@code tidemark.flushed-through} says through which sequence the table has the dataset's rows. Only
 * {@link #commitFlush} writes it, in the same metadata commit that adds the rows (I5), and only from the value that the
 * flush started with.
 */
public final class CacheTable implements Surface {
    private static final Logger log = LoggerFactory.getLogger(CacheTable.class);
    static final String FLUSHED_THROUGH = "tidemark.flushed-through";
    /** What the snapshot of an adoption notes. */
    static final String LEGACY_HEAD = "tidemark.legacy-head";

    static final int FORMAT_VERSION = 3;
    /** A flush that makes it so many manifests makes them one. */
    static final int MANIFESTS_MAX = 50;

    private static final int FLUSHES_BETWEEN_SWEEPS = 50;
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
            "write.metadata.metrics.column._legacy_ord",
            "full",
            "commit.manifest.min-count-to-merge",
            Integer.toString(MANIFESTS_MAX),
            FLUSHED_THROUGH,
            "0");

    private final String dataset;
    private final Path location;
    private final InstantSource clock;
    private final LocalTableOperations operations;
    private final MetadataSweep sweep;
    private final Rewrites rewrites;
    private final Departures departures;
    private final FilePins pins;
    private final Readings readings;
    private final FileSweep fileSweep;
    private final ExecutorService here = new CallingThread();
    private int flushesUntilSweep;

    /**
     * Readies what all tables share; to be called before the first of them.
     *
     * <p>Iceberg's worker pool adds a shutdown hook when it is first used. If that were a flush while the process
     * stops, the hook would be refused and the class be broken for good.
     */
    public static void ready() {
        ThreadPools.getWorkerPool();
    }

    /** The table at a location; it need not be there before the first flush. */
    public CacheTable(DurableFiles files, String dataset, Path location, InstantSource clock) {
        this.dataset = dataset;
        this.location = location;
        this.clock = clock;
        this.operations = new LocalTableOperations(files, location);
        this.readings = new Readings(dataset, operations);
        this.sweep = new MetadataSweep(operations, files.disk());
        this.rewrites = new Rewrites(this, operations, new StagingDirectory(files, location));
        this.departures = new Departures(this, operations);
        this.pins = new FilePins(operations);
        this.fileSweep = new FileSweep(operations, sweep, pins, files, location, clock);
    }

    public Path location() {
        return location;
    }

    String dataset() {
        return dataset;
    }

    /** The door for whoever merges its files. */
    public Rewrites rewrites() {
        return rewrites;
    }

    /** Whoever deletes files that nobody needs any more; not while something is committed. */
    public FileSweep fileSweep() {
        return fileSweep;
    }

    /** How many versions there were. */
    public int version() {
        operations.refresh();
        return operations.version();
    }

    /** The way out of the table, for rows that are to go. */
    public Departures departures() {
        return departures;
    }

    /** Where the table's data files lie. */
    Path data() {
        return location.resolve("data");
    }

    /** The file that another engine is given to read the table as it is now. */
    public Path metadataFile() {
        return operations.metadataFile();
    }

    /** The table as it is now; waits while something is committed. A later commit does not change the view. */
    public TableView view() throws IOException {
        return view(operations::refresh);
    }

    /** The same, but while something is committed the table as it was before: for who only reads. */
    public TableView glance() throws IOException {
        return view(operations::glance);
    }

    private TableView view(Supplier<@Nullable TableMetadata> looked) throws IOException {
        try {
            TableMetadata metadata = looked.get();
            if (metadata == null) {
                return TableView.empty();
            }
            Reading now = read(metadata);
            return new TableView(
                    flushedThrough(metadata),
                    operations.io(),
                    now.index(),
                    pins,
                    now.adoptions(),
                    now.removals(),
                    now.names(),
                    now.fence());
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof JsonProcessingException || e.getCause() instanceof EOFException) {
                throw damaged(e);
            }
            throw new IOException("reading table " + dataset, e);
        } catch (RuntimeException e) {
            throw damaged(e); // Iceberg's readers say so in many ways when bytes are missing or make no sense.
        }
    }

    private CorruptDataException damaged(RuntimeException cause) {
        return new CorruptDataException(location, 0, "its metadata cannot be read: " + cause.getMessage(), cause);
    }

    Reading read(TableMetadata metadata) throws IOException {
        return readings.of(metadata);
    }

    /** Keeps what was read in step with a commit of our own. */
    void remember(FileIndex index) {
        readings.remember(index);
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
     * Passes where something may be built on the table.
     *
     * @throws FencedException when somebody took back what was flushed
     */
    public void requireUnfenced() throws IOException {
        String fence = view().fence();
        if (fence != null) {
            throw new FencedException(dataset, fence);
        }
    }

    /**
     * Adds the rows of a file, the columns that they brought or widened, and the fact that the table has the dataset through
     * {@code through}: one metadata commit, all or nothing.
     *
     * @param file null when the disk has lost all rows through there
     * @param from what the property must say, or nothing is committed
     * @throws FencedException when the table is not what the flush before made of it; nothing was committed
     */
    void commitFlush(Dataset schema, @Nullable DataFile file, Sequence from, Sequence through) throws IOException {
        TableMetadata base = operations.refresh();
        if (base == null || !flushedThrough(base).equals(from)) {
            throw new IOException(
                    "table " + dataset + " was flushed through " + flushedThrough(base) + " meanwhile, not " + from);
        }
        Reading before = read(base);
        if (before.fence() != null) {
            throw new FencedException(dataset, before.fence());
        }
        FileIndex.Live added = file == null ? null : FileIndex.Live.of(file);
        if (file != null && added == null) {
            throw new IllegalStateException(file.location() + " was written without sequences");
        }
        Transaction flush = Transactions.newTransaction(dataset, new OneReading(operations, base));
        TableSchema.grow(flush, schema);
        ManifestFile manifest = file == null ? null : manifest(base, List.of(file));
        commit(() -> {
            AppendFiles append = flush.newAppend();
            if (manifest != null) {
                append.appendManifest(manifest);
            }
            append.set(FLUSHED_THROUGH, through.toString())
                    .scanManifestsWith(here)
                    .commit();
            flush.updateProperties().set(FLUSHED_THROUGH, through.toString()).commit();
            KeptSnapshots.expireMany(flush);
            flush.commitTransaction();
        });
        remember(before.index().plus(flush.table().currentSnapshot().snapshotId(), added));
    }

    /**
     * Adds files of legacy rows, the columns that they brought, and what is to be remembered of them: one metadata commit,
     * all or nothing.
     *
     * @param from what the table must have adopted so far, or nothing is committed
     * @throws FencedException when the table is not what the flush before made of it; nothing was committed
     */
    Adoptions commitAdoption(Dataset schema, List<DataFile> files, Adoptions from, Adoptions next) throws IOException {
        TableMetadata base = operations.refresh();
        if (base == null || !Adoptions.of(base).equals(from)) {
            throw new IOException("table " + dataset + " adopted other rows meanwhile");
        }
        Reading before = read(base);
        if (before.fence() != null) {
            throw new FencedException(dataset, before.fence());
        }
        Transaction adoption = Transactions.newTransaction(dataset, new OneReading(operations, base));
        TableSchema.grow(adoption, schema);
        ManifestFile manifest = manifest(base, files);
        String names = NameMappingParser.toJson(MappingUtil.create(TableSchema.of(schema)));
        // durable: I5 cache.adopt.commit
        commitOrFind(next, () -> {
            adoption.newAppend()
                    .appendManifest(manifest)
                    .set(LEGACY_HEAD, Long.toString(next.head()))
                    // The row that was flushed last may be lost: when that flush's snapshot has expired, this one tells
                    // of it.
                    .set(FLUSHED_THROUGH, flushedThrough(base).toString())
                    .scanManifestsWith(here)
                    .commit();
            adoption.updateProperties()
                    .set(Adoptions.PROPERTY, next.toProperty())
                    .set(TableProperties.DEFAULT_NAME_MAPPING, names)
                    .commit();
            adoption.commitTransaction();
        });
        return next;
    }

    /** Where nobody knows whether an adoption was committed, it is looked for, and made sure of when it is there. */
    private void commitOrFind(Adoptions adopted, Runnable commit) throws IOException {
        try {
            commit(commit);
        } catch (IOException e) {
            if (!(e.getCause() instanceof CommitStateUnknownException)
                    || !adoptions().equals(adopted)) {
                throw e;
            }
            commitAnew();
        }
    }

    /** Whether the newest snapshot adopted rows, so that no later commit has proved it to be on disk. */
    public boolean endsWithAdoption() {
        TableMetadata metadata = operations.current();
        return metadata != null && endsWithAdoption(metadata);
    }

    private static boolean endsWithAdoption(TableMetadata metadata) {
        Snapshot newest = metadata.currentSnapshot();
        return newest != null && newest.summary().containsKey(LEGACY_HEAD);
    }

    /** Keeps such an adoption from readers until a commit after it has proved it. */
    public void hideAdoption() {
        operations.hide(CacheTable::endsWithAdoption);
    }

    /** What the table has adopted so far. */
    Adoptions adoptions() {
        TableMetadata metadata = operations.refresh();
        return metadata == null ? Adoptions.none() : Adoptions.of(metadata);
    }

    /** Written here, because Iceberg would hand one file to its workers and sleep until they are done. */
    private ManifestFile manifest(TableMetadata base, List<DataFile> files) throws IOException {
        OutputFile target =
                operations.io().newOutputFile(operations.metadataFileLocation(UUID.randomUUID() + "-m0.avro"));
        try {
            ManifestWriter<DataFile> writer = ManifestFiles.write(FORMAT_VERSION, base.spec(), target, null);
            try (writer) {
                files.forEach(writer::add);
            }
            return writer.toManifestFile();
        } catch (UncheckedIOException e) {
            throw new IOException("writing " + target.location(), e);
        }
    }

    /** How many snapshots are beyond those that are kept. */
    public int oldSnapshots() {
        TableMetadata metadata = operations.refresh();
        return metadata == null ? 0 : KeptSnapshots.beyond(metadata, clock.instant());
    }

    /** Lets go of those; how many went. */
    public int expireSnapshots() throws IOException {
        TableMetadata base = operations.refresh();
        if (base == null) {
            return 0;
        }
        Transaction expiry = Transactions.newTransaction(dataset, new OneReading(operations, base));
        commit(() -> {
            KeptSnapshots.expire(expiry, KeptSnapshots.wanted(base, clock.instant()));
            expiry.commitTransaction();
        });
        TableMetadata now = operations.current();
        return base.snapshots().size() - (now == null ? 0 : now.snapshots().size());
    }

    /** Deletes old metadata, now and then; see {@link MetadataSweep}. */
    void tidy() throws IOException {
        TableMetadata now = operations.refresh();
        if (now == null || flushesUntilSweep-- > 0) {
            return;
        }
        flushesUntilSweep = FLUSHES_BETWEEN_SWEEPS;
        try {
            sweep.run(now, clock.instant());
        } catch (UncheckedIOException | NotFoundException e) {
            throw new IOException("sweeping the metadata of table " + dataset, e);
        }
    }

    /** Makes sure that the newest commit is on disk, where the sync of its name failed. */
    void settle() throws IOException {
        if (operations.isInDoubt()) {
            commitAnew();
        }
    }

    /**
     * Commits the table once more as it is.
     *
     * <p>A commit that an earlier life made can be read here and still be on no disk. After this it is.
     *
     * @throws FencedException when the table is not what a flush made of it
     */
    public void commitAnew() throws IOException {
        TableMetadata metadata = operations.refresh();
        if (metadata != null) {
            String fence = read(metadata).fence();
            if (fence != null) {
                throw new FencedException(dataset, fence);
            }
            commit(() -> operations.commit(
                    metadata,
                    TableMetadata.buildFrom(metadata)
                            .setProperties(Map.of(
                                    FLUSHED_THROUGH, flushedThrough(metadata).toString()))
                            .build()));
        }
    }

    /**
     * Names the files of a table whose directory was moved, or is a copy, by where they are now: for other engines, that
     * would find nothing there, or the files of the table that this one is a copy of.
     *
     * <p>Nothing here depends on it: what the metadata names is looked for where the table lies. Old snapshots go.
     */
    public void moveHere() throws IOException {
        TableMetadata base = operations.refresh();
        if (base == null || operations.isHere(base)) {
            return;
        }
        Reading before = read(base);
        if (before.fence() == null && !before.index().hasForeignDeletes()) {
            Transaction move = Transactions.newTransaction(dataset, new OneReading(operations, base));
            TableMove files = TableMove.prepare(base, operations);
            commit(() -> files.commit(move, location));
            log.info("moved dataset={} from={} to={}", dataset, base.location(), location);
        }
    }

    /** Runs a commit; what it throws says whether it happened: it did not, or nobody knows. */
    void commit(Runnable commit) throws IOException {
        try {
            commit.run();
        } catch (CommitStateUnknownException e) {
            throw new IOException("unknown whether table " + dataset + " was committed", e);
        } catch (CommitFailedException e) {
            throw new IOException("table " + dataset + " was not committed: " + e.getMessage(), e);
        } catch (UncheckedIOException | NotFoundException e) {
            throw new IOException("table " + dataset + " was not committed", e);
        }
    }

    @Override
    public String name() {
        return "table";
    }

    @Override
    public long rows(String name) throws IOException {
        return glance().rows();
    }
}
