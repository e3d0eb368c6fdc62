// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of emptied segments, of which the next segments are made: the disk then need not be filled with zeros for them
 * (LLP 0002).
 *
 * <p>What such a file holds is nobody's, and can be taken for nobody's: frames bear the id of their segment, ids only
 * rise, and no spare outlives its process. A file with a second name, a backup's for one, is never written to again. The
 * lock is this object's own and guards the list; no file is touched while it is held.
 */
final class Spares {
    static final String SUFFIX = ".spare";
    private static final int COUNT_MAX = 4;
    private static final Logger log = LoggerFactory.getLogger(Spares.class);

    private final DurableFiles files;
    private final Disk disk;
    private final Path directory;
    private final long segmentBytes;
    private final Deque<Path> spares = new ArrayDeque<>();

    Spares(DurableFiles files, Path directory, long segmentBytes) {
        this.files = files;
        this.disk = files.disk();
        this.directory = directory;
        this.segmentBytes = segmentBytes;
    }

    static boolean isSpare(Path file) {
        return file.getFileName().toString().endsWith(SUFFIX);
    }

    /** Takes the name of a segment that everybody is done with, and keeps its file when there is room for it. */
    void retire(SpoolSegment emptied, boolean hasRoom) throws IOException {
        Path path = emptied.path();
        if (!hasRoom || emptied.size() != segmentBytes || count() >= COUNT_MAX || disk.names(path) > 1) {
            files.delete(path);
            return;
        }
        Path spare = path.resolveSibling(path.getFileName() + SUFFIX);
        disk.rename(path, spare);
        // durable: I1 spool.spare.directory
        disk.syncDirectory(directory); // Under its old name it would be taken for damaged.
        synchronized (this) {
            spares.add(spare);
        }
    }

    /** A file that is the caller's now; null without one. */
    synchronized @Nullable Path take() {
        return spares.poll();
    }

    private synchronized int count() {
        return spares.size();
    }

    /** What they take of the disk. */
    synchronized long bytes() {
        return spares.size() * segmentBytes;
    }

    /** Gives all of them back to the disk; whether there were any. */
    boolean release() {
        boolean any = false;
        for (Path spare = take(); spare != null; spare = take()) {
            any = true;
            try {
                disk.delete(spare);
            } catch (IOException e) {
                // Safe: the next open deletes what is left of them.
                log.warn("a spare segment could not be deleted file={}: {}", spare, e.getMessage());
            }
        }
        return any;
    }
}
