// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.iceberg.LocalPath;
import dev.tidemark.cache.table.Adoptions.AdoptedFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.mapping.MappingUtil;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.parquet.ParquetUtil;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.jspecify.annotations.Nullable;

/**
 * The files of one adoption on their way into a table's data directory; those that are not kept are deleted again.
 *
 * <p>A file that can be read in the table as it is gets a second name there, or is copied where the disk gives none, and
 * every row of it is read once, because a file that cannot be read would stop every reader for good. Any other is written
 * anew.
 */
final class Arrivals implements AutoCloseable {
    /** A larger row group takes too much of a reader's memory; the file is written anew. */
    private static final long LINKED_ROW_GROUP_BYTES_MAX = 32L << 20;

    private static final int PARTITIONS_MAX = 10_000;
    private static final int COPY_BYTES = 1 << 16;
    private static final int SCAN_ROWS = 1024;
    private static final long SCAN_BYTES = 4 << 20;

    private final Disk disk;
    private final CacheTable table;
    private final FileIO io;
    private final FileIO sourceIo;
    private final Dataset schema;
    private final NameMapping names;
    private final long since;
    private final AdoptRequest.Progress progress;
    private final BufferAllocator memory;
    private final Map<String, long[]> partitions = new TreeMap<>();
    private final List<Path> made = new ArrayList<>();
    private final List<Arrival> arrivals = new ArrayList<>();
    private long head;
    private long rows;
    private int linked;
    private boolean kept;

    /** One source with its place; {@code file} is what the table gets, null until it is written. */
    private record Arrival(
            AdoptionSource source,
            String sha256,
            long base,
            @Nullable DataFile file) {}

    /** @param schema the dataset with all columns, as it will be declared */
    Arrivals(
            DurableFiles files,
            CacheTable table,
            FileIO sourceIo,
            Dataset schema,
            long since,
            AdoptRequest.Progress progress,
            BufferAllocator memory) {
        this.disk = files.disk();
        this.table = table;
        this.io = new DiskFileIO(disk);
        this.sourceIo = sourceIo;
        this.schema = schema;
        this.names = MappingUtil.create(TableSchema.of(schema));
        this.since = since;
        this.head = since;
        this.progress = progress;
        this.memory = memory;
    }

    /** Takes the next source and gives its rows their ordinals; the SHA-256 of the file that will be adopted. */
    String takeIn(AdoptionSource source) throws IOException, AdoptionRefusedException {
        ParquetSource file = source.file();
        boolean asItIs = !source.ofTable()
                && file.rowGroupBytesMax() <= LINKED_ROW_GROUP_BYTES_MAX
                && AdoptedColumns.isAsItIs(file, schema);
        long base = head + 1;
        Path own = asItIs ? link(file.path()) : null;
        String sha256 = ParquetSource.digest(disk, own == null ? file.path() : own);
        DataFile added = null;
        if (own != null) {
            added = describe(own, file);
            look(added, base, file.path());
            linked++;
        }
        arrivals.add(new Arrival(source, sha256, base, added));
        head += file.rows();
        return sha256;
    }

    private Path link(Path source) throws IOException {
        Path own = table.data().resolve("legacy-" + UUID.randomUUID() + ".parquet");
        made.add(own);
        try {
            disk.link(source, own);
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            throw e;
        } catch (IOException noLinkBetweenThem) {
            copy(source, own);
        }
        try (DiskFile file = disk.read(own)) {
            // durable: I5 cache.adopt.file
            file.sync();
        }
        // durable: I5 cache.adopt.directory
        disk.syncDirectory(table.data());
        return own;
    }

    private void copy(Path source, Path own) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
        try (DiskFile from = disk.read(source);
                DiskFile to = disk.create(own)) {
            long at = 0;
            for (int count = from.read(buffer, at); count > 0; count = from.read(buffer, at)) {
                to.write(buffer.flip(), at);
                buffer.clear();
                at += count;
            }
        }
    }

    /** What the table is told of a file that it takes as it is: that no row has a sequence, so that a tick passes it over. */
    private DataFile describe(Path own, ParquetSource expected) throws IOException, AdoptionRefusedException {
        ParquetSource found = ParquetSource.read(own, io.newInputFile(own.toString()));
        if (found.rows() != expected.rows() || !found.columns().equals(expected.columns())) {
            throw new AdoptionRefusedException(
                    expected.path() + " changed while it was adopted", "adopt it when nobody writes it");
        }
        ParquetMetadata footer = found.footer();
        Metrics metrics = ParquetUtil.footerMetrics(footer, Stream.empty(), MetricsConfig.getDefault(), names);
        Map<Integer, Long> values = new HashMap<>(metrics.valueCounts());
        Map<Integer, Long> nulls = new HashMap<>(metrics.nullValueCounts());
        for (NestedField hidden : TableSchema.hidden()) {
            values.put(hidden.fieldId(), found.rows());
            nulls.put(hidden.fieldId(), found.rows());
        }
        try (DiskFile file = disk.read(own)) {
            return DataFiles.builder(PartitionSpec.unpartitioned())
                    .withPath(own.toString())
                    .withFormat(FileFormat.PARQUET)
                    .withFileSizeInBytes(file.size())
                    .withSplitOffsets(ParquetUtil.getSplitOffsets(footer))
                    .withMetrics(new Metrics(
                            found.rows(),
                            metrics.columnSizes(),
                            values,
                            nulls,
                            metrics.nanValueCounts(),
                            metrics.lowerBounds(),
                            metrics.upperBounds()))
                    .build();
        }
    }

    /** Reads every row as readers will, and counts to which partitions they belong. */
    private void look(DataFile added, long base, Path source) throws IOException, AdoptionRefusedException {
        FileIndex.Live live = new FileIndex.Live(
                added.location(),
                base,
                base + added.recordCount() - 1,
                added.recordCount(),
                added.fileSizeInBytes(),
                false,
                FileIndex.Placed.BY_POSITION,
                null);
        try (SequenceScan scan = new SequenceScan(
                io,
                RowOrder.BY_ORDINAL,
                names,
                List.of(live),
                schema,
                base - 1,
                live.upper(),
                SCAN_ROWS,
                SCAN_BYTES,
                memory)) {
            for (RowBatch batch = scan.next(); batch != null; batch = scan.next()) {
                try (RowBatch rows = batch) {
                    count(rows, source);
                }
            }
        } catch (InterruptedIOException stopped) {
            throw stopped;
        } catch (IOException | RuntimeException e) {
            throw unreadable(source, e);
        }
    }

    private static AdoptionRefusedException unreadable(Path source, Exception cause) {
        return new AdoptionRefusedException(
                source + " cannot be read: " + cause.getMessage(), "repair it, or leave it out");
    }

    private void count(RowBatch batch, Path source) throws InterruptedIOException, AdoptionRefusedException {
        for (int row = 0; row < batch.rows(); row++) {
            long[] counted = partitions.computeIfAbsent(batch.partitionName(row), name -> new long[2]);
            counted[0]++;
            rows++;
            counted[1] = batch.legacyOrdinal(row);
        }
        if (partitions.size() > PARTITIONS_MAX) {
            throw new AdoptionRefusedException(
                    "the files have more than " + PARTITIONS_MAX + " values of " + schema.partitionBy(),
                    "adopt them into a dataset that is partitioned by something else");
        }
        progress.at(source, batch.legacyOrdinal(batch.rows() - 1) - since);
    }

    /** Writes what cannot be taken as it is. */
    void rewrite(Table target, Dataset dataset) throws IOException, AdoptionRefusedException {
        for (int i = 0; i < arrivals.size(); i++) {
            Arrival arrival = arrivals.get(i);
            if (arrival.file() == null && arrival.source().file().rows() > 0) {
                DataFile written = rewrite(target, dataset, arrival);
                arrivals.set(i, new Arrival(arrival.source(), arrival.sha256(), arrival.base(), written));
            }
        }
    }

    /** The file with the rows that are not deleted; null when none is left. */
    private @Nullable DataFile rewrite(Table target, Dataset dataset, Arrival arrival)
            throws IOException, AdoptionRefusedException {
        Path source = arrival.source().file().path();
        String name = "legacy-" + UUID.randomUUID() + ".parquet";
        made.add(table.data().resolve(name));
        DictionaryChoice dictionaries = new DictionaryChoice();
        try (SourceRows from = new SourceRows(arrival.source(), sourceIo, dataset, arrival.base(), memory)) {
            RowBatch first = from.next();
            if (first == null && arrival.source().hasDeletes()) {
                return null;
            }
            if (first != null) {
                dictionaries.look(first);
            }
            long before = rows;
            try (IntervalFile file = new IntervalFile(
                    target,
                    TableSchema.of(dataset),
                    name,
                    dictionaries,
                    SourceRows.BATCH_BYTES / SourceRows.BATCH_ROWS)) {
                for (RowBatch batch = first; batch != null; batch = from.next()) {
                    try (RowBatch each = batch) {
                        file.write(each);
                        count(each, source);
                    }
                }
                if (rows - before != arrival.source().file().rows()
                        && !arrival.source().hasDeletes()) {
                    throw new AdoptionRefusedException(
                            source + " gave " + (rows - before) + " rows of "
                                    + arrival.source().file().rows(),
                            "repair it, or leave it out");
                }
                return file.finish();
            }
        } catch (UncheckedIOException e) {
            throw new IOException("writing the rows of " + source, e);
        }
    }

    List<DataFile> files() {
        return arrivals.stream()
                .map(Arrival::file)
                .filter(file -> file != null && file.recordCount() > 0)
                .toList();
    }

    List<AdoptedFile> remembered() {
        return arrivals.stream()
                .filter(arrival -> arrival.file() != null)
                .map(arrival -> new AdoptedFile(
                        LocalPath.of(arrival.file().location()).getFileName().toString(),
                        arrival.base(),
                        arrival.file().recordCount(),
                        arrival.sha256()))
                .toList();
    }

    Adoptions.Entry entry(Instant at, Adoption.Reach reach, @Nullable String source, @Nullable Long snapshot) {
        List<Adoptions.Part> parts = partitions.entrySet().stream()
                .map(each -> new Adoptions.Part(each.getKey(), each.getValue()[0], each.getValue()[1]))
                .toList();
        return new Adoptions.Entry(since, head, at.toString(), reach, source, snapshot, parts);
    }

    /** How many rows there are; some ordinals have none, because what they are of was deleted. */
    long rows() {
        return rows;
    }

    int linked() {
        return linked;
    }

    /** From now on a commit may name the files, and nobody knows before it ends whether it does. */
    void keep() {
        kept = true;
    }

    @Override
    public void close() throws IOException {
        if (kept) {
            return;
        }
        for (Path file : made) {
            if (disk.exists(file)) {
                disk.delete(file);
            }
        }
    }
}
