// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.FencedException;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.iceberg.CallingThread;
import dev.tidemark.cache.iceberg.OneReading;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.io.OutputFileFactory;
import org.jspecify.annotations.Nullable;

/** Takes rows out of a table: whole files by metadata, some rows of a file by a deletion vector (LLP 0017). */
public final class Departures {
    private static final int LOOK_ROWS = 8192;
    private static final long LOOK_BYTES = 4L << 20;

    private final CacheTable table;
    private final LocalTableOperations operations;
    private final ExecutorService here = new CallingThread();

    Departures(CacheTable table, LocalTableOperations operations) {
        this.table = table;
        this.operations = operations;
    }

    /** The live files, and how old the rows in each can be: legacy rows first, then the others, as they came. */
    public List<AgedFile> files(Dataset dataset) throws IOException {
        TableMetadata metadata = operations.refresh();
        if (metadata == null) {
            return List.of();
        }
        Reading now = table.read(metadata);
        AgedFiles files = new AgedFiles(dataset, now.adoptions().of(dataset.name()));
        eachFile(metadata, files::add);
        return files.of(now.index());
    }

    /** Shows the rows of a file that are not deleted. */
    public void look(Dataset dataset, AgedFile file, BufferAllocator memory, RowVisitor visitor) throws IOException {
        TableMetadata metadata = operations.refresh();
        Reading now = table.read(Objects.requireNonNull(metadata));
        FileIndex.Live live = live(file, now.index());
        boolean isLegacy = file.kind() == AgedFile.Kind.LEGACY;
        List<Adoption> adoptions = now.adoptions().of(dataset.name());
        String event = AgedFiles.eventColumn(dataset);
        DeletionVector deletes = live.deletes();
        PositionDeleteIndex deleted = deletes == null ? PositionDeleteIndex.empty() : deletes.read(operations.io());
        int position = 0;
        try (SequenceScan scan = new SequenceScan(
                operations.io(),
                isLegacy ? RowOrder.BY_ORDINAL : RowOrder.BY_SEQUENCE,
                isLegacy ? now.names() : null,
                List.of(live.whole()),
                dataset.only(event == null ? Set.of() : Set.of(event)),
                live.lower() - 1,
                live.upper(),
                LOOK_ROWS,
                LOOK_BYTES,
                memory)) {
            while (true) {
                try (RowBatch rows = scan.next()) {
                    if (rows == null) {
                        return;
                    }
                    TimeStampMicroTZVector events = (TimeStampMicroTZVector)
                            (event == null ? null : rows.vector(event).orElse(null));
                    for (int row = 0; row < rows.rows(); row++, position++) {
                        if (deleted.isDeleted(position)) {
                            continue;
                        }
                        long place = isLegacy
                                ? rows.legacyOrdinal(row)
                                : rows.sequence(row).value();
                        long came = isLegacy ? AgedFiles.adopted(adoptions, place) : rows.ingestTimeMicros(row);
                        Long happened = events == null || events.isNull(row) ? null : (Long) events.get(row);
                        visitor.row(position, place, came, happened, rows.partitionName(row));
                    }
                }
            }
        }
    }

    private FileIndex.Live live(AgedFile file, FileIndex index) throws IOException {
        return index.all()
                .filter(each -> each.path().equals(file.path())
                        && Objects.equals(DeletionVector.name(each.deletes()), file.deletes()))
                .findFirst()
                .orElseThrow(() -> new IOException("table " + table.dataset() + " changed meanwhile: " + file.path()
                        + " is not as it was; nothing was removed"));
    }

    /** Shows the live files one after the other; what is shown is good until the next one is. */
    private void eachFile(TableMetadata metadata, Consumer<DataFile> shown) throws IOException {
        Snapshot current = metadata.currentSnapshot();
        if (current == null) {
            return;
        }
        for (ManifestFile manifest : current.dataManifests(operations.io())) {
            try (ManifestReader<DataFile> reader =
                    ManifestFiles.read(manifest, operations.io(), metadata.specsById())) {
                reader.forEach(shown);
            }
        }
    }

    /** Those that go as a whole. */
    private Map<String, DataFile> whole(List<Departure> departures, TableMetadata metadata) throws IOException {
        Set<String> wanted = departures.stream()
                .filter(departure -> departure.positions() == null)
                .map(departure -> departure.file().path())
                .collect(Collectors.toSet());
        Map<String, DataFile> files = new HashMap<>();
        if (!wanted.isEmpty()) {
            eachFile(metadata, file -> {
                if (wanted.contains(file.location())) {
                    files.put(file.location(), file.copyWithoutStats());
                }
            });
        }
        return files;
    }

    /**
     * What makes parts of files leave, written and synced; nobody sees it before the commit.
     *
     * @param vectors that say which rows are gone, each with those that were gone before
     */
    public record Prepared(List<Departure> departures, List<DeleteFile> vectors) {
        public Prepared {
            departures = List.copyOf(departures);
            vectors = List.copyOf(vectors);
        }
    }

    /** Writes down which rows of which files are to go; beside the lane, because it takes as long as the disk. */
    public Prepared prepare(List<Departure> departures) throws IOException {
        List<Departure> parts = departures.stream()
                .filter(departure -> departure.positions() != null)
                .toList();
        if (parts.isEmpty()) {
            return new Prepared(departures, List.of());
        }
        TableMetadata metadata = Objects.requireNonNull(operations.refresh());
        FileIndex index = table.read(metadata).index();
        Map<String, DeletionVector> before = new HashMap<>();
        for (Departure part : parts) {
            FileIndex.Live live = live(part.file(), index);
            DeletionVector deletes = live.deletes();
            if (deletes != null) {
                before.put(live.path(), deletes);
            }
        }
        OutputFileFactory target = OutputFileFactory.builderFor(new BaseTable(operations, table.dataset()), 0, 0)
                .operationId("removed-" + UUID.randomUUID())
                .format(FileFormat.PUFFIN)
                .build();
        BaseDVFileWriter writer = new BaseDVFileWriter(target, path -> before(before.get(path)));
        try (writer) {
            for (Departure part : parts) {
                BitSet positions = Objects.requireNonNull(part.positions());
                for (int at = positions.nextSetBit(0); at >= 0; at = positions.nextSetBit(at + 1)) {
                    writer.delete(part.file().path(), at, PartitionSpec.unpartitioned(), null);
                }
            }
        } catch (UncheckedIOException e) {
            throw new IOException("writing which rows of table " + table.dataset() + " are removed", e);
        }
        return new Prepared(departures, writer.result().deleteFiles());
    }

    private PositionDeleteIndex before(@Nullable DeletionVector known) {
        try {
            return known == null ? PositionDeleteIndex.empty() : known.read(operations.io());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Removes rows and counts them as removed: one metadata commit, all or nothing.
     *
     * @param before rows with a sequence below this are all gone then
     * @throws IOException when it was not committed, or nobody knows; a file that is not as it was when that was decided
     *     ends it before anything changes
     */
    public void commit(Prepared prepared, long before) throws IOException {
        List<Departure> departures = prepared.departures();
        TableMetadata base = operations.refresh();
        if (base == null) {
            throw new IOException("table " + table.dataset() + " is not there");
        }
        Reading known = table.read(base);
        if (known.fence() != null) {
            throw new FencedException(table.dataset(), known.fence());
        }
        Map<String, DataFile> files = whole(departures, base);
        Removals next = next(departures, known.removals(), before);
        Transaction removal = Transactions.newTransaction(table.dataset(), new OneReading(operations, base));
        RowDelta delta = removal.newRowDelta();
        for (Departure departure : departures) {
            DeletionVector gone = live(departure.file(), known.index()).deletes();
            if (departure.positions() == null) {
                delta.removeRows(
                        Objects.requireNonNull(files.get(departure.file().path())));
            }
            if (gone != null) {
                delta.removeDeletes(gone.file());
            }
        }
        prepared.vectors().forEach(delta::addDeletes);
        delta.validateFromSnapshot(base.currentSnapshot().snapshotId())
                .set(Removals.PROPERTY, Long.toString(next.commits()))
                // The flush's snapshot may expire while the row that was flushed last is deleted or lost: this one
                // tells of it.
                .set(CacheTable.FLUSHED_THROUGH, CacheTable.flushedThrough(base).toString())
                .scanManifestsWith(here);
        // durable: I16 table.remove.commit
        commitOrFind(next, () -> {
            delta.commit();
            removal.updateProperties().set(Removals.PROPERTY, next.toProperty()).commit();
            removal.commitTransaction();
        });
    }

    private static Removals next(List<Departure> departures, Removals known, long before) {
        long rows = 0;
        long legacy = 0;
        long through = 0;
        for (Departure departure : departures) {
            if (departure.file().kind() == AgedFile.Kind.LEGACY) {
                legacy += departure.rows();
            } else {
                rows += departure.rows();
                through = Math.max(through, departure.through());
            }
        }
        return known.plus(rows, legacy, through, before);
    }

    /** Where nobody knows whether it was committed, it is looked for, and made sure of when it is there (I15). */
    private void commitOrFind(Removals removed, Runnable commit) throws IOException {
        try {
            table.commit(commit);
        } catch (ValidationException e) {
            throw new IOException("table " + table.dataset() + " changed meanwhile; nothing was removed", e);
        } catch (IOException e) {
            TableMetadata now = operations.refresh();
            if (!(e.getCause() instanceof CommitStateUnknownException)
                    || now == null
                    || !Removals.of(now).equals(removed)) {
                throw e;
            }
            table.commitAnew();
        }
    }
}
