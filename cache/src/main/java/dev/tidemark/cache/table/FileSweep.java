// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.exceptions.NotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * Deletes the files of a table that nobody needs any more: what commits that were lost left behind, and what old metadata
 * named that is swept itself (I17).
 *
 * <p>A file goes when every metadata version that is there was read and names it no more, no reader here has it, it is an hour
 * old and a hundred commits came after it. A version stays for as long itself ({@link MetadataSweep}), so what it named had its
 * grace since it was let go of.
 */
public final class FileSweep {
    private final LocalTableOperations operations;
    private final MetadataSweep metadataSweep;
    private final FilePins pins;
    private final Unreferenced unreferenced;
    private final Disk disk;
    private final InstantSource clock;
    /** Held while files get names in the data directory that no metadata has yet, and they may be old; and over a sweep. */
    private final ReentrantLock arriving = new ReentrantLock();

    FileSweep(
            LocalTableOperations operations,
            MetadataSweep metadataSweep,
            FilePins pins,
            DurableFiles files,
            Path location,
            InstantSource clock) {
        this.operations = operations;
        this.metadataSweep = metadataSweep;
        this.pins = pins;
        this.unreferenced = new Unreferenced(operations, files, location);
        this.disk = files.disk();
        this.clock = clock;
    }

    /**
     * What a sweep saw.
     *
     * @param orphans files that went, or would go
     * @param waiting files that are to go when their grace has passed
     * @param putOff because somebody brings files, so that nobody knows yet which are rubbish
     */
    public record Swept(int orphans, int waiting, boolean putOff) {
        private static final Swept LATER = new Swept(0, 0, true);
    }

    /** Ends what {@link #pause} began. */
    public interface Pause extends AutoCloseable {
        @Override
        void close();
    }

    /** Nothing is swept until this is closed by the same thread; waits for a sweep that goes on. */
    public Pause pause() {
        arriving.lock();
        return arriving::unlock;
    }

    /** The same, but null where somebody brings files or sweeps. */
    @Nullable
    Pause tryPause() {
        return arriving.tryLock() ? arriving::unlock : null;
    }

    /** Looks what would go. */
    public Swept look() throws IOException {
        if (!arriving.tryLock()) {
            return Swept.LATER;
        }
        try {
            Unreferenced.Found found = find();
            return new Swept(free(found).size(), found.waiting(), false);
        } finally {
            arriving.unlock();
        }
    }

    /** Deletes old metadata; not while something is committed. */
    public int old() throws IOException {
        TableMetadata current = operations.refresh();
        if (current != null) {
            try {
                metadataSweep.run(current, clock.instant());
            } catch (UncheckedIOException | NotFoundException e) {
                throw new IOException("sweeping the metadata of " + current.location(), e);
            }
        }
        return operations.version();
    }

    /** Deletes what no metadata names. */
    public Swept run() throws IOException {
        if (!arriving.tryLock()) {
            return Swept.LATER;
        }
        try {
            return sweep();
        } finally {
            arriving.unlock();
        }
    }

    private Swept sweep() throws IOException {
        Unreferenced.Found found = find();
        List<Path> free = free(found);
        for (Path orphan : free) {
            try {
                disk.delete(orphan);
            } catch (NoSuchFileException gone) {
                // Another engine was quicker.
            }
        }
        return new Swept(free.size(), found.waiting(), false);
    }

    private List<Path> free(Unreferenced.Found found) {
        return found.orphans().stream().filter(file -> !pins.isPinned(file)).toList();
    }

    private Unreferenced.Found find() throws IOException {
        TableMetadata current = operations.refresh();
        if (current == null) {
            return new Unreferenced.Found(0, List.of(), 0);
        }
        try {
            Set<Path> named = new HashSet<>();
            Set<String> read = new HashSet<>();
            for (Snapshot snapshot : current.snapshots()) {
                SnapshotFiles.of(current, snapshot, operations.io(), read)
                        .forEach(file -> named.add(operations.resolve(file)));
            }
            return unreferenced.look(current, named, clock.instant().minus(MetadataSweep.GRACE));
        } catch (RuntimeException e) { // Iceberg's readers say in many ways that they could not read.
            throw new IOException("nobody knows what the metadata of " + current.location() + " names", e);
        }
    }
}
