// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.exceptions.NotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * Looks at one table as it lies: whether every file that it names is there and is what was written; changes nothing
 * (LLP 0012).
 *
 * <p>{@link #flushedThrough} reads the metadata that the rest is about, {@link #run} then takes as long as the files are
 * large. What a commit replaces meanwhile stays for an hour, and is passed over when it goes before it was read.
 */
public final class TableExamination {
    private static final Duration OVERDUE = Duration.ofDays(1);

    private final LocalTableOperations operations;
    private final Disk disk;
    private final DurableFiles files;
    private final Path location;
    private final TableInspections found;
    private final @Nullable FileSweep sweep;
    private @Nullable TableMetadata metadata;
    private @Nullable FileIndex index;

    /**
     * Of the table at a location.
     *
     * @param sweep knows who brings files into it now; null where nobody can
     */
    public TableExamination(DurableFiles files, Path location, TableInspections found, @Nullable FileSweep sweep) {
        this.operations = new LocalTableOperations(files, location);
        this.files = files;
        this.disk = files.disk();
        this.location = location;
        this.found = found;
        this.sweep = sweep;
    }

    /** The sequence through which the table has rows; NONE when there is none, or it cannot be read. */
    public Sequence flushedThrough() throws IOException {
        try {
            metadata = operations.refresh();
            TableMetadata now = metadata;
            if (now == null) {
                index = FileIndex.empty();
                return Sequence.NONE;
            }
            found.referenced.examined(1);
            Snapshot current = now.currentSnapshot();
            FileIndex live = current == null ? FileIndex.empty() : FileIndex.read(now, current, operations.io());
            index = live;
            String fence = Fence.reason(now, live);
            if (fence == null) {
                return CacheTable.flushedThrough(now);
            }
            found.adjoining.wrong(location + ": " + fence);
            return live.last();
        } catch (NotFoundException e) {
            found.referenced.wrong(location + ": " + e.getMessage());
        } catch (RuntimeException e) { // Iceberg's readers say so in many ways when bytes make no sense.
            found.referenced.wrong(location + ": its metadata cannot be read: " + e);
        }
        return Sequence.NONE;
    }

    /** Rows with sequences that policy removed, by the table's own word. */
    public long removed() {
        TableMetadata read = metadata;
        return read == null ? 0 : Removals.of(read).rows();
    }

    /** Reads everything; the rows with sequences that are there, or nothing when nobody can tell. */
    public OptionalLong run(Instant now) throws IOException {
        TableMetadata read = metadata;
        FileIndex live = index;
        if (live == null) {
            return OptionalLong.empty();
        }
        if (read == null) {
            return OptionalLong.of(0);
        }
        found.adjoining.examined(1);
        Set<Path> named = new HashSet<>();
        read.snapshots().forEach(snapshot -> lookAt(snapshot, named));
        long rows = 0;
        boolean readable = !live.hasForeignDeletes();
        long before = 0;
        for (FileIndex.Live file : live.files()) {
            before = follow(file, before);
            name(file, named);
            OptionalLong inFile = examine(file, FileIndex.SEQUENCE_ID);
            rows += inFile.orElse(0);
            readable &= inFile.isPresent();
        }
        before = 0;
        for (FileIndex.Live file : live.legacy()) {
            before = follow(file, before);
            name(file, named);
            boolean byColumn = file.placed() == FileIndex.Placed.BY_COLUMN;
            examine(file, byColumn ? FileIndex.ORDINAL_ID : DataFileReading.NO_COLUMN);
        }
        lookForRubbish(read, named, now);
        return readable ? OptionalLong.of(rows) : OptionalLong.empty();
    }

    /**
     * What upkeep should have deleted: it comes every hour while a daemon runs, and leaves a commit where something waits. So a
     * file counts that was a day old when the table was last committed to. One that gets its second name here is as old as it was,
     * and nothing names it yet.
     */
    private void lookForRubbish(TableMetadata read, Set<Path> named, Instant now) throws IOException {
        FileSweep.Pause pause = sweep == null ? () -> {} : sweep.tryPause();
        if (pause == null) {
            found.unreferenced.note(
                    location + ": somebody brings files or sweeps, so which are rubbish was not looked at");
            return;
        }
        try (pause) {
            Unreferenced.Found left =
                    new Unreferenced(operations, files, location).look(read, named, overdue(read, now));
            found.unreferenced.examined(left.examined());
            left.orphans().forEach(file -> found.unreferenced.wrong(file + ": no metadata that is there names it"));
        }
    }

    private static Instant overdue(TableMetadata read, Instant now) {
        Instant committed = Instant.ofEpochMilli(read.lastUpdatedMillis());
        return (committed.isBefore(now) ? committed : now).minus(OVERDUE);
    }

    private void name(FileIndex.Live file, Set<Path> named) {
        named.add(operations.resolve(file.path()));
        DeletionVector deletes = file.deletes();
        if (deletes != null) {
            named.add(operations.resolve(deletes.file().location()));
        }
    }

    private long follow(FileIndex.Live file, long before) {
        found.order.examined(file.rows());
        if (file.lower() <= before) {
            found.order.wrong(
                    file.path() + ": it begins at row " + file.lower() + ", and the file before it ends at " + before);
        }
        return Math.max(before, file.upper());
    }

    private void lookAt(Snapshot snapshot, Set<Path> named) {
        Path list = operations.resolve(snapshot.manifestListLocation());
        if (!named.add(list)) {
            return;
        }
        found.referenced.examined(1);
        try {
            for (ManifestFile manifest : snapshot.allManifests(operations.io())) {
                Path path = operations.resolve(manifest.path());
                if (named.add(path)) {
                    found.referenced.examined(1);
                    requireSize(path, manifest.length());
                }
            }
        } catch (IOException | RuntimeException e) {
            if (isStillNamed(snapshot)) {
                found.referenced.wrong(list + ": " + e.getMessage());
            }
        }
    }

    /** A snapshot that expired while we looked takes its files with it. */
    private boolean isStillNamed(Snapshot snapshot) {
        TableMetadata now = operations.refresh();
        return now != null && now.snapshot(snapshot.snapshotId()) != null;
    }

    private void requireSize(Path file, long bytes) throws IOException {
        try (var open = disk.read(file)) {
            if (open.size() != bytes) {
                throw new IOException(file + " has " + open.size() + " bytes, the table says " + bytes);
            }
        } catch (NoSuchFileException e) {
            throw new IOException(file + " is missing", e);
        }
    }

    /** The rows of a file that are not deleted, or nothing when it cannot be read to its end. */
    private OptionalLong examine(FileIndex.Live file, int placeId) throws IOException {
        Path path = operations.resolve(file.path());
        found.referenced.examined(1);
        try {
            requireSize(path, file.bytes());
        } catch (IOException e) {
            if (isStillLive(file)) {
                found.referenced.wrong(String.valueOf(e.getMessage()));
            }
            return OptionalLong.empty();
        }
        found.data.examined(1);
        List<String> wrong = new ArrayList<>();
        try (DataFileReading reading = new DataFileReading(operations.io().newInputFile(file.path()))) {
            long rows = reading.run(placeId, file.lower(), file.upper(), wrong);
            if (rows != file.rows()) {
                found.data.wrong(path + ": it has " + rows + " rows, the table says " + file.rows());
            }
            wrong.forEach(what -> found.order.wrong(path + ": " + what));
            return OptionalLong.of(rows - deleted(file));
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            // Lengths that make no sense ask for any amount of memory; what was asked for was not given.
            if (Thread.currentThread().isInterrupted()) {
                throw new IOException("interrupted while reading " + path, e);
            }
            found.data.wrong(path + ": " + e);
            return OptionalLong.empty();
        }
    }

    /** How many rows are deleted in place: what the vector itself says, which its checksum covers. */
    private long deleted(FileIndex.Live file) throws IOException {
        DeletionVector deletes = file.deletes();
        return deletes == null ? 0 : deletes.read(operations.io()).cardinality();
    }

    private boolean isStillLive(FileIndex.Live file) throws IOException {
        TableMetadata now = operations.refresh();
        Snapshot current = now == null ? null : now.currentSnapshot();
        return now != null
                && current != null
                && FileIndex.read(now, current, operations.io())
                        .all()
                        .anyMatch(each -> each.path().equals(file.path()));
    }
}
